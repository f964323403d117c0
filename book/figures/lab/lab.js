// The position lab: one test at a time, the schemes you tick, and the numbers of the point you look at.
WhatAndWhere.figure("lab", (root, { d3, data, tools }) => {
  const { el, checkbox, saying, table, id } = tools;
  const NAMES = new Map(data.schemes);
  const on = new Set(NAMES.keys());
  // As in the lesson's figure: orange works inside attention; line and marker tell the schemes apart.
  const LOOK = {
    none: ["var(--ink-line)", "2 3", "m-4,-4 l8,8 m0,-8 l-8,8", "X"],
    sinusoidal: ["var(--ink)", "7 4", "M-5,-4 h10 l-5,9 z"],
    learned: ["var(--ink)", "", "M0,-5.5 l5.5,5.5 l-5.5,5.5 l-5.5,-5.5 z"],
    t5: ["var(--position)", "7 4", "M-4.5,-4.5 h9 v9 h-9 z"],
    alibi: ["var(--position)", "2 3", "M-5,4 h10 l-5,-9 z"],
    rotary: ["var(--position)", "", "M-5,0 a5,5 0 1,0 10,0 a5,5 0 1,0 -10,0"],
  };
  // A narrow screen gets a narrower drawing, so that its letters keep their size.
  const narrow = matchMedia("(max-width: 767px)");
  let width, height, x, y;
  const edge = { left: 58, right: 96, top: 14, bottom: 48 };
  const digits = (task) => (task.unit.startsWith("nats") ? 2 : 1);
  let task = data.tasks[0];
  let current = ["alibi", 3];

  // Per scheme: mean, lowest and highest of the seeds at each length.
  const summary = (scheme) =>
    data.factors.map((factor, n) => {
      const seeds = task.values[scheme].map((row) => row[n]);
      return { factor, mean: d3.mean(seeds), low: d3.min(seeds), high: d3.max(seeds) };
    });
  const words = ({ mean, low, high }) => {
    const [m, l, h] = [mean, low, high].map((value) => value.toFixed(digits(task)));
    return `${m} (${l} to ${h})`;
  };

  const group = id("lab-test");
  const tests = el("fieldset", {}, el("legend", {}, "Test"));
  for (const each of data.tasks) {
    const input = el("input", { type: "radio", name: group, checked: each === task });
    input.addEventListener("change", () => {
      task = each;
      draw();
    });
    tests.append(el("label", { class: "tick" }, input, each.title));
  }
  const sample = (scheme) => {
    const svg = d3.create("svg").attr("viewBox", "-18 -8 36 16").attr("aria-hidden", "true");
    line(svg.append("path").attr("d", "M-18,0 H18"), scheme);
    mark(svg.append("path"), scheme);
    return svg.node();
  };
  const line = (path, scheme) =>
    path
      .attr("fill", "none")
      .attr("stroke", LOOK[scheme][0])
      .attr("stroke-width", 2)
      .attr("stroke-dasharray", LOOK[scheme][1]);
  const mark = (path, scheme) =>
    path
      .attr("d", LOOK[scheme][2])
      .attr("fill", LOOK[scheme][3] ? "none" : LOOK[scheme][0])
      .attr("stroke", LOOK[scheme][0])
      .attr("stroke-width", LOOK[scheme][3] ? 2.5 : 0);
  const schemes = el("fieldset", { class: "schemes" }, el("legend", {}, "Schemes"));
  for (const [scheme, name] of data.schemes) {
    const change = (ticked) => {
      on[ticked ? "add" : "delete"](scheme);
      draw();
    };
    schemes.append(checkbox({ label: [sample(scheme), name], checked: true, change }).row);
  }

  const svg = d3.create("svg").attr("role", "group");
  const says = saying();
  const numbers = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Numbers" });
  const folded = el("details", {}, el("summary", {}, "All numbers of this test"), numbers);

  const look = (scheme, n) => {
    current = [scheme, n];
    const { factor } = summary(scheme)[n];
    says.textContent =
      `${NAMES.get(scheme)} at ${factor}x, ${factor * task.length} tokens: ` +
      `mean ${words(summary(scheme)[n]).replace("(", "(seeds from ")} ${task.unit}.`;
    svg
      .selectAll(".point")
      .attr("tabindex", ({ key, at }) => (key === scheme && at === n ? 0 : -1))
      .classed("current", ({ key, at }) => key === scheme && at === n);
  };

  // Arrow keys: left and right along the lengths, up and down to the next value at this length.
  const move = (event, { key, at }) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const column = d3.sort(on, (scheme) => summary(scheme)[at].mean);
    const next = column[column.indexOf(key) + step[0]] ?? key;
    const length = Math.min(Math.max(at + step[1], 0), data.factors.length - 1);
    look(next, length);
    svg.select(".point.current").node().focus();
  };

  const draw = () => {
    const shown = data.schemes.map(([key]) => key).filter((key) => on.has(key));
    const all = data.tasks[0] === task ? [...NAMES.keys()].flatMap(summary) : [{ low: 0, high: 100 }];
    [width, height] = narrow.matches ? [400, 340] : [640, 380];
    x = d3.scaleLog([1, 8], [edge.left, width - edge.right]).base(2);
    y = d3.scaleLinear([d3.min(all, (d) => d.low), d3.max(all, (d) => d.high)], [height - edge.bottom, edge.top]);
    y.nice();
    svg.attr("viewBox", `0 0 ${width} ${height}`).selectAll("*").remove();
    svg.attr("aria-label", `${task.title}, in ${task.unit}, at 1, 2, 4 and 8 times the training length`);
    const below = svg.append("g").attr("class", "axis").attr("aria-hidden", "true");
    below.attr("transform", `translate(0,${height - edge.bottom})`);
    below.call(d3.axisBottom(x).tickValues(data.factors).tickFormat((factor) => `${factor}x`));
    const beside = svg.append("g").attr("class", "axis").attr("aria-hidden", "true");
    beside.attr("transform", `translate(${edge.left},0)`).call(d3.axisLeft(y).ticks(6));
    const title = (text, at) => svg.append("text").attr("class", "title").attr("transform", at).text(text);
    title("length / training length", `translate(${(edge.left + width - edge.right) / 2},${height - 8})`);
    title(task.unit, `translate(14,${(edge.top + height - edge.bottom) / 2}) rotate(-90)`);

    const ends = spread(shown.map((key) => [key, y(summary(key).at(-1).mean)]));
    for (const key of shown) {
      const points = summary(key).map((point, at) => ({ ...point, key, at }));
      const across = (d) => x(d.factor);
      const band = d3.area(across, (d) => y(d.low), (d) => y(d.high));
      svg.append("path").attr("d", band(points)).attr("fill", LOOK[key][0]).attr("opacity", 0.18);
      line(svg.append("path").attr("d", d3.line(across, (d) => y(d.mean))(points)), key);
      const end = svg.append("text").attr("x", width - edge.right + 16).attr("y", ends.get(key));
      end.attr("class", "end").attr("dy", "0.32em").text(NAMES.get(key));
      const mine = svg.selectAll(null).data(points).join("g").attr("class", "point");
      mine.attr("transform", (d) => `translate(${x(d.factor)},${y(d.mean)})`).attr("role", "img");
      mine.attr("aria-label", (d) => `${NAMES.get(key)} at ${d.factor}x: ${words(d)} ${task.unit}`);
      mine.append("circle").attr("class", "target").attr("r", 13);
      mark(mine.append("path"), key);
      mine.on("focus pointerenter click", (_, d) => look(d.key, d.at)).on("keydown", move);
    }
    if (!on.has(current[0])) current = [shown[0], current[1]];
    if (shown.length) look(...current);
    else says.textContent = "Tick a scheme to see its curve.";
    numbers.replaceChildren(
      table(
        `Mean of three seeds (lowest to highest), ${task.unit}`,
        ["Scheme", ...data.factors.map((factor) => `${factor}x`)],
        shown.map((key) => [NAMES.get(key), ...summary(key).map(words)]),
      ),
    );
  };

  // Move the names at the ends of the lines apart, and keep their order.
  const spread = (ends) => {
    const placed = d3.sort(ends, ([, at]) => at);
    for (let round = 0; round < 100; round++) {
      for (let n = 1; n < placed.length; n++) {
        const short = 17 - (placed[n][1] - placed[n - 1][1]);
        if (short <= 0) continue;
        placed[n - 1][1] -= short / 2;
        placed[n][1] += short / 2;
      }
      const over = placed.length ? placed.at(-1)[1] - (height - edge.bottom) : 0;
      if (over > 0) placed.at(-1)[1] -= over;
    }
    return new Map(placed);
  };

  narrow.addEventListener("change", draw);
  root.append(tests, schemes, svg.node(), says, folded);
  draw();
});
