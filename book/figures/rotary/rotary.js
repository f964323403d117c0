// A query and a key, turned by their positions: the score sees only the offset.
WhatAndWhere.figure("rotary", (root, { d3, data, tools }) => {
  const SIDE = 320;
  const FAR = 100; // tokens that both can be moved
  const pairs = data.query.length / 2;
  const speeds = d3.range(pairs).map((i) => 10000 ** (-i / pairs));

  const slider = (label, max, value) =>
    tools.slider({ label, min: 0, max, value, change: draw });
  const queryAt = slider("Query's position", 32, 12);
  const keyAt = slider("Key's position", 32, 5);
  const shift = slider("Move both by", FAR, 0);
  const options = speeds.map((speed, i) => [i, `${i}: ${speed} rad / token`]);
  const pair = tools.select({ label: "Pair shown", options, value: 0, change: draw });
  root.append(queryAt.row, keyAt.row, shift.row, pair.row);

  const panels = d3.select(root).append("div").attr("class", "pictures");
  const picture = () =>
    panels.append("svg").attr("viewBox", `0 0 ${SIDE} ${SIDE}`).attr("role", "img");
  const plane = picture();
  const chart = picture();
  const says = tools.saying();
  root.append(says);
  const number = d3.format(".3f");

  // Turn pair i of a vector as apply_rotary does with its layout "interleaved".
  const turned = (vector, place, i) => {
    const [x, y, angle] = [vector[2 * i], vector[2 * i + 1], place * speeds[i]];
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return [x * c - y * s, x * s + y * c];
  };
  const pairScore = (m, n, i) => {
    const [q, k] = [turned(data.query, m, i), turned(data.key, n, i)];
    return q[0] * k[0] + q[1] * k[1];
  };
  const total = (m, n) => d3.sum(d3.range(pairs), (i) => pairScore(m, n, i));

  const scale = d3.scaleLinear([-2.7, 2.7], [0, SIDE]);
  const ring = plane.append("g").attr("stroke", "var(--ink-line)").attr("fill", "none");
  ring.append("path").attr("d", `M0,${SIDE / 2}H${SIDE}M${SIDE / 2},0V${SIDE}`);
  const arc = ring.append("path").attr("stroke", "var(--ink)").attr("stroke-width", 1.5);
  const arrows = plane.append("g");

  function drawPlane(m, n, i) {
    const found = [
      ["", data.query, 0, "var(--position)", 1.5, "2 4"],
      ["", data.key, 0, "var(--ink-soft)", 1.5, "2 4"],
      ["query", data.query, m, "var(--position)", 4, "none"],
      ["key", data.key, n, "var(--ink-soft)", 4, "none"],
    ].map(([name, vector, place, colour, thick, dash]) =>
      ({ name, tip: turned(vector, place, i), place, colour, thick, dash }));
    const g = arrows.selectAll("g").data(found).join((enter) => {
      const one = enter.append("g");
      one.append("line").attr("x1", SIDE / 2).attr("y1", SIDE / 2).attr("stroke-linecap", "round");
      one.append("circle");
      one.append("text").attr("class", "halo").attr("font-size", 13);
      return one;
    });
    g.select("line").attr("stroke", (d) => d.colour).attr("stroke-width", (d) => d.thick)
      .attr("stroke-dasharray", (d) => d.dash)
      .attr("x2", (d) => scale(d.tip[0])).attr("y2", (d) => scale(-d.tip[1]));
    g.select("circle").attr("r", (d) => (d.name ? 6 : 3)).attr("fill", (d) => d.colour)
      .attr("cx", (d) => scale(d.tip[0])).attr("cy", (d) => scale(-d.tip[1]));
    g.select("text").text((d) => d.name && `${d.name} at ${d.place}`)
      .attr("text-anchor", (d) => (d.tip[0] > 0 ? "end" : "start"))
      .attr("x", (d) => scale(d.tip[0]))
      .attr("y", (d) => scale(-d.tip[1]) + (d.tip[1] > 0 ? -12 : 22));
    const [from, to] = found.slice(2).map(({ tip }) => Math.atan2(tip[0], tip[1]));
    const gap = ((to - from + 3 * Math.PI) % (2 * Math.PI)) - Math.PI; // the shorter way round
    const path = d3.arc()({ innerRadius: 34, outerRadius: 34, startAngle: from, endAngle: from + gap });
    arc.attr("transform", `translate(${SIDE / 2} ${SIDE / 2})`).attr("d", path);
    const between = Math.round(Math.abs(gap) * 180 / Math.PI);
    plane.attr("aria-label", `Pair ${i} as two arrows: the query at ${m} and the key at ${n}, ` +
      `${between} degrees apart. Dotted: both before they are turned.`);
    return between;
  }

  const frame = { left: 42, right: 10, top: 44, bottom: 40 };
  const x = d3.scaleLinear([0, FAR], [frame.left, SIDE - frame.right]);
  const y = d3.scaleLinear([-11, 11], [SIDE - frame.bottom, frame.top]);
  const axis = (place, draw) => chart.append("g").attr("class", "axis").attr("transform", place)
    .call(draw).attr("font-size", 12);
  axis(`translate(0 ${SIDE - frame.bottom})`, d3.axisBottom(x).ticks(5));
  axis(`translate(${frame.left} 0)`, d3.axisLeft(y).ticks(5));
  const lines = chart.append("g").attr("fill", "none");
  const dots = chart.append("g");
  const words = chart.append("g").attr("font-size", 12);
  words.append("text").attr("x", frame.left + 8).attr("y", 14).text("thick: both move");
  words.append("text").attr("x", frame.left + 8).attr("y", 32).text("thin: only the query moves");
  words.append("text").attr("x", (frame.left + SIDE) / 2).attr("y", SIDE - 6)
    .attr("text-anchor", "middle").text("moved by (tokens)");
  words.append("text").attr("text-anchor", "middle").attr("transform", `translate(11 ${SIDE / 2})rotate(-90)`)
    .text("score of all pairs");

  function drawChart(m, n, by) {
    const ways = [(s) => total(m + s, n), (s) => total(m + s, n + s)];
    const curve = d3.line((s) => x(s));
    lines.selectAll("path").data(ways).join("path")
      .attr("stroke", (_, way) => (way ? "var(--position)" : "var(--ink-line)"))
      .attr("stroke-width", (_, way) => (way ? 4 : 1.5))
      .attr("d", (way) => curve.y((s) => y(way(s)))(d3.range(FAR + 1)));
    dots.selectAll("circle").data(ways).join("circle").attr("r", (_, way) => (way ? 6 : 4))
      .attr("fill", (_, way) => (way ? "var(--position)" : "var(--ink-line)"))
      .attr("cx", x(by)).attr("cy", (way) => y(way(by)));
    chart.attr("aria-label", `The score of all ${pairs} pairs as both move by 0 to ${FAR} tokens: ` +
      "a level line. As only the query moves, it goes up and down.");
  }

  function draw() {
    const [m, n, by, i] = [queryAt, keyAt, shift, pair].map(({ input }) => Number(input.value));
    const between = drawPlane(m + by, n + by, i);
    drawChart(m, n, by);
    says.textContent = `Query at ${m + by}, key at ${n + by}, offset ${d3.format("d")(n - m)}. ` +
      `Pair ${i}: ${between}° apart, score ${number(pairScore(m + by, n + by, i))}. ` +
      `All ${pairs} pairs: ${number(total(m + by, n + by))}. ` +
      `If only the query moves by ${by}: ${number(total(m + by, n))}.`;
  }
  draw();
});
