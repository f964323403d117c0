// A token vector plus a position vector: which row of each table was it?
WhatAndWhere.figure("adding", (root, { d3, data, tools }) => {
  const SIDE = 320;
  const ROWS = data.token.length;
  const WIDTHS = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

  const slider = (label, min, max, value, format) =>
    tools.slider({ label, min, max, value, format, change: draw });
  const width = slider("Width D", 0, WIDTHS.length - 1, 0, (i) => String(WIDTHS[i]));
  const ratio = slider("Position length", -4, 4, 0, (power) =>
    power < 0 ? `× 1/${2 ** -power}` : `× ${2 ** power}`);
  const token = slider("Token", 0, ROWS - 1, 3);
  const place = slider("Position", 0, ROWS - 1, 7);
  root.append(width.row, ratio.row, token.row, place.row);

  const panels = d3.select(root).append("div").attr("class", "pictures");
  const picture = (height) =>
    panels.append("svg").attr("viewBox", `0 0 ${SIDE} ${height}`).attr("role", "img");
  const plane = picture(SIDE);
  const strips = picture(260);
  const says = tools.saying();
  root.append(says);

  const short = (table, D, scale) => table.map((row) => row.slice(0, D).map((v) => scale * v));
  const plus = (a, b) => a.map((v, j) => v + b[j]);
  const distance = (a, b) => Math.sqrt(a.reduce((sum, v, j) => sum + (v - b[j]) ** 2, 0));
  const distances = (sum, table) => table.map((row) => distance(sum, row));
  const dot = (a, b) => a.reduce((sum, v, j) => sum + v * b[j], 0);

  // How many of all sums have the right row nearest. The nearest row r of a table to a sum s has
  // the largest s·r - r·r/2, and s·r is a sum of two numbers that are worked out once.
  function readBack(tokens, places) {
    const gram = (a, b) => a.map((x) => b.map((y) => dot(x, y)));
    const [tt, tp, pp] = [gram(tokens, tokens), gram(tokens, places), gram(places, places)];
    const right = { token: 0, place: 0 };
    for (let t = 0; t < ROWS; t++) {
      for (let p = 0; p < ROWS; p++) {
        const asToken = d3.range(ROWS).map((r) => tt[t][r] + tp[r][p] - tt[r][r] / 2);
        const asPlace = d3.range(ROWS).map((r) => tp[t][r] + pp[p][r] - pp[r][r] / 2);
        right.token += d3.maxIndex(asToken) === t;
        right.place += d3.maxIndex(asPlace) === p;
      }
    }
    return right;
  }

  const dots = plane.append("g");
  const arrows = plane.append("g").attr("stroke-linecap", "round");
  const names = plane.append("g").attr("font-size", 13).attr("class", "halo");

  function drawPlane(tokens, places, t, p, D) {
    const sum = plus(tokens[t], places[p]);
    const shown = [...tokens, ...places, sum].flatMap((row) => row.slice(0, 2));
    const reach = 1.1 * d3.max(shown, Math.abs);
    const x = d3.scaleLinear([-reach, reach], [0, SIDE]);
    const at = ([a, b]) => [x(a), x(-b)];
    const all = [...tokens.map((row) => ["token", row]), ...places.map((row) => ["position", row])];
    dots.selectAll("path").data(all).join("path")
      .attr("d", ([kind]) => d3.symbol(kind === "token" ? d3.symbolCircle : d3.symbolSquare, 24)())
      .attr("fill", ([kind]) => `var(--${kind})`).attr("fill-opacity", 0.7)
      .attr("transform", ([, row]) => `translate(${at(row)})`);
    const steps = [
      ["token", [0, 0], tokens[t], `token ${t}`],
      ["position", tokens[t], sum, `position ${p}`],
      ["combination", [0, 0], sum, "sum"],
    ];
    arrows.selectAll("line").data(steps).join("line")
      .attr("stroke", ([kind]) => `var(--${kind})`).attr("stroke-width", 4)
      .attr("stroke-dasharray", ([kind]) => (kind === "combination" ? "1 7" : "none"))
      .attr("x1", (d) => at(d[1])[0]).attr("y1", (d) => at(d[1])[1])
      .attr("x2", (d) => at(d[2])[0]).attr("y2", (d) => at(d[2])[1]);
    // A part's name stands beside the middle of its arrow, outside the triangle; the sum's beyond its tip.
    const middle = at([sum[0] / 2, sum[1] / 2]);
    const labels = steps.map(([kind, a, b, text]) => {
      const [[x1, y1], [x2, y2]] = [at(a), at(b)];
      const long = Math.hypot(x2 - x1, y2 - y1) || 1;
      const along = [(x2 - x1) / long, (y2 - y1) / long];
      const from = kind === "combination" ? [x2, y2] : [(x1 + x2) / 2, (y1 + y2) / 2];
      const aside = [-along[1], along[0]];
      const outside = aside[0] * (from[0] - middle[0]) + aside[1] * (from[1] - middle[1]) < 0 ? -1 : 1;
      const way = kind === "combination" ? along : aside.map((v) => outside * v);
      const anchor = Math.abs(way[0]) < 0.1 ? "middle" : way[0] > 0 ? "start" : "end";
      const room = 7.5 * text.length; // a letter is at most so wide
      const left = anchor === "start" ? 0 : anchor === "end" ? room : room / 2;
      const place = Math.min(SIDE - room + left, Math.max(left, from[0] + 12 * way[0]));
      return { text, anchor, x: place, y: Math.min(SIDE - 4, Math.max(12, from[1] + 14 * way[1] + 4)) };
    });
    names.selectAll("text").data(labels).join("text").text((d) => d.text)
      .attr("text-anchor", (d) => d.anchor).attr("x", (d) => d.x).attr("y", (d) => d.y);
    plane.attr("aria-label", `The first two of ${D} numbers as a plane: the arrow of token ${t}, ` +
      `from its tip the arrow of position ${p}, and their sum.`);
  }

  const frame = { left: 12, right: 12 };
  const places2 = [75, 195]; // the two lines on which distances are marked
  function drawStrips(found) {
    const far = d3.max(found.flatMap((f) => f.away));
    const x = d3.scaleLinear([0, far], [frame.left, SIDE - frame.right]);
    const g = strips.selectAll("g").data(found).join((enter) => {
      const one = enter.append("g").attr("transform", (_, i) => `translate(0 ${places2[i]})`);
      one.append("text").attr("class", "head").attr("y", -38).attr("x", frame.left)
        .attr("font-size", 13);
      one.append("path").attr("class", "ticks").attr("stroke", "var(--ink-line)");
      one.append("path").attr("class", "right").attr("stroke-width", 5);
      one.append("text").attr("class", "name").attr("y", -20)
        .attr("font-size", 12);
      return one;
    });
    g.select(".head").text((f) => `Distance of the sum to each ${f.kind}`);
    g.select(".ticks").attr("d", (f) =>
      `M${frame.left},14H${SIDE - frame.right}${f.away.map((d) => `M${x(d)},-12V12`).join("")}`);
    g.select(".right").attr("stroke", (f) => `var(--${f.kind})`)
      .attr("d", (f) => `M${x(f.away[f.row])},-16V16`);
    g.select(".name").text((f) => `${f.kind} ${f.row}`).attr("x", (f) => x(f.away[f.row]))
      .attr("text-anchor", (f) => (x(f.away[f.row]) > SIDE / 2 ? "end" : "start"));
    strips.selectAll("text.end").data([["near", frame.left, "start"], ["far", SIDE - frame.right, "end"]])
      .join("text").attr("class", "end").attr("font-size", 12)
      .attr("x", (d) => d[1]).attr("y", 230).attr("text-anchor", (d) => d[2]).text((d) => d[0]);
    strips.attr("aria-label", found.map((f) => `Among ${ROWS} ${f.kind}s, the right one is number ` +
      `${d3.rank(f.away)[f.row] + 1} by distance to the sum.`).join(" "));
  }

  let last = "";
  let right = null;
  function draw() {
    const [i, power, t, p] = [width, ratio, token, place].map(({ input }) => Number(input.value));
    const [D, scale] = [WIDTHS[i], 2 ** power];
    const [tokens, places] = [short(data.token, D, 1), short(data.position, D, scale)];
    const sum = plus(tokens[t], places[p]);
    const found = [
      { kind: "token", row: t, away: distances(sum, tokens) },
      { kind: "position", row: p, away: distances(sum, places) },
    ];
    drawPlane(tokens, places, t, p, D);
    drawStrips(found);
    if (last !== `${D} ${scale}`) right = readBack(tokens, places);
    last = `${D} ${scale}`;
    const nearest = found.map(({ kind, row, away }) => {
      const best = d3.minIndex(away);
      return `${kind} ${best} (${best === row ? "right" : "wrong"})`;
    });
    says.textContent = `Nearest rows at width ${D}: ${nearest.join(" and ")}. Of all ${ROWS * ROWS} sums, ` +
      `${right.token} have the right token nearest and ${right.place} the right position.`;
  }
  draw();
});
