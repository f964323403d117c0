// The clock hands of one position, beside the table they come from.
WhatAndWhere.figure("clock", (root, { d3, tools }) => {
  const ROWS = 64; // of the table are shown at a time
  const SIDE = 320;
  const PLACES = 512;

  const slider = (label, min, max, step, value, format) =>
    tools.slider({ label, min, max, step, value, format, change: draw });
  const position = slider("Position", 0, PLACES - 1, 1, 100);
  const width = slider("Width D", 4, 128, 2, 16, (D) => `${D}: ${D / 2} hands`);
  const raise = (power) => Math.round(10 ** power);
  const base = slider("Base", 1, 6, 0.25, 4, (power) => d3.format(",")(raise(power)));
  const says = tools.saying(); // five sentences a second, which nobody wants read out
  const step = () => {
    position.set((Number(position.input.value) + 1) % PLACES);
    draw();
  };
  const { button } = tools.player({ step, every: 200, once: "One step", says });
  root.append(position.row, width.row, base.row, button);

  const panels = d3.select(root).append("div").attr("class", "pictures");
  const picture = () =>
    panels.append("svg").attr("viewBox", `0 0 ${SIDE} ${SIDE}`).attr("role", "img");
  const clocks = picture();
  const map = picture();
  root.append(says);
  const number = d3.format(".3f");

  const read = () => {
    const [p, D, power] = [position, width, base].map(({ input }) => Number(input.value));
    const b = raise(power);
    return { p, D, b, speeds: d3.range(D / 2).map((i) => b ** ((-2 * i) / D)) };
  };

  function drawClocks({ p, D, b, speeds }) {
    const columns = Math.ceil(Math.sqrt(D / 2));
    const cell = SIDE / columns;
    const r = 0.42 * cell;
    const faces = clocks.selectAll("g").data(speeds).join((enter) => {
      const g = enter.append("g");
      g.append("circle").attr("fill", "none").attr("stroke", "var(--ink-line)");
      g.append("line").attr("stroke", "var(--position)").attr("stroke-linecap", "round");
      g.append("text").attr("paint-order", "stroke").attr("stroke", "var(--pst-color-background)").attr("stroke-width", 3);
      return g;
    });
    faces.attr("transform", (_, i) =>
      `translate(${((i % columns) + 0.5) * cell} ${(Math.floor(i / columns) + 0.5) * cell})`);
    faces.select("circle").attr("r", r);
    faces.select("line")
      .attr("stroke-width", Math.max(1.5, r / 12))
      .attr("x2", (speed) => r * Math.sin(p * speed))
      .attr("y2", (speed) => -r * Math.cos(p * speed));
    const all = cell > 60; // else only the first of a row has its number
    faces.select("text")
      .attr("font-size", 12)
      .attr("x", -0.48 * cell)
      .attr("y", 12 - 0.48 * cell)
      .text((_, i) => (all || i % columns === 0 ? i : ""));
    clocks.attr("aria-label", `${D / 2} clock hands at position ${p}, base ${b}. ` +
      "The first turns fastest, the last slowest. A hand points right by its sine, up by its cosine.");
  }

  const left = 34;
  const bottom = 34;
  const cells = map.append("g").attr("shape-rendering", "crispEdges");
  const marks = ["var(--pst-color-background)", "var(--ink)"].map((colour, i) =>
    map.append("rect").attr("fill", "none").attr("stroke", colour).attr("stroke-width", 4 - 2.5 * i));
  const arrow = map.append("path").attr("d", "M-9,-5L0,0L-9,5Z").attr("fill", "var(--ink)");
  const axes = map.append("g").attr("font-size", 12);

  let painted = "";
  // All cells of nearly the same value are one path: quick, and in the colours of the theme.
  function paint(start, D, speeds) {
    const [wide, high] = [(SIDE - left - 4) / D, (SIDE - bottom - 4) / ROWS];
    const levels = d3.group(d3.cross(d3.range(ROWS), d3.range(D)), ([row, column]) => {
      const angle = (start + row) * speeds[column >> 1];
      return Math.round(20 * (column % 2 ? Math.cos(angle) : Math.sin(angle)));
    });
    cells.selectAll("path").data(levels).join("path")
      .attr("fill", ([level]) => (level < 0 ? "var(--ink)" : "var(--position)"))
      .attr("fill-opacity", ([level]) => Math.abs(level) / 20)
      .attr("d", ([, places]) => places.map(([row, column]) =>
        `M${left + column * wide},${4 + row * high}h${wide}v${high}h${-wide}z`).join(""));
  }

  function drawMap({ p, D, b, speeds }) {
    const start = p - (p % ROWS);
    if (painted !== `${start} ${D} ${b}`) paint(start, D, speeds);
    painted = `${start} ${D} ${b}`;
    const high = (SIDE - bottom - 4) / ROWS;
    const y = 4 + (p - start) * high;
    for (const mark of marks) {
      mark.attr("x", left).attr("y", y).attr("width", SIDE - left - 4).attr("height", high);
    }
    arrow.attr("transform", `translate(${left - 1} ${y + high / 2})`);
    const labels = [
      [left - 12, 12, "end", start],
      [left - 12, SIDE - bottom, "end", start + ROWS - 1],
      [left, SIDE - bottom + 14, "start", 0],
      [SIDE - 4, SIDE - bottom + 14, "end", D - 1],
      [(left + SIDE) / 2, SIDE - 6, "middle", "column (even: sine, odd: cosine)"],
    ];
    axes.selectAll("text").data(labels).join("text")
      .attr("x", (d) => d[0]).attr("y", (d) => d[1]).attr("text-anchor", (d) => d[2])
      .text((d) => d[3]);
    map.attr("aria-label", `Heat map of the table for positions ${start} to ${start + ROWS - 1}` +
      ` and ${D} columns, base ${b}. The row of position ${p} is marked.`);
  }

  function draw() {
    const now = read();
    drawClocks(now);
    drawMap(now);
    const few = now.speeds.slice(0, 4).flatMap((s) => [Math.sin(now.p * s), Math.cos(now.p * s)]);
    const more = now.D > few.length ? ` and ${now.D - few.length} more` : "";
    const turn = d3.format(",.0f")((2 * Math.PI) / now.speeds.at(-1));
    says.textContent = `Row ${now.p} of the table: ${few.map((v) => number(v)).join(", ")}${more}. ` +
      `The slowest hand needs ${turn} positions for one turn.`;
  }

  draw();
});
