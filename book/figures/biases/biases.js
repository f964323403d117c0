// What six schemes add to the scores, side by side: one matrix each, query by key.
WhatAndWhere.figure("biases", (root, { d3, data, tools }) => {
  const SIDE = 200;
  const LEFT = 22;
  const TOP = 4;
  const SIZE = SIDE - LEFT - 4;
  const LONGEST = data.minilm[0].length;
  const HEADS = data.minilm.length;

  // causal: keys after the query are masked, so nothing is added there.
  const schemes = [
    { name: "None", note: "adds nothing", value: () => 0 },
    { name: "Sinusoidal", note: "no matrices yet", value: (h, q, k) => data.sinusoidal[Math.abs(q - k)] },
    { name: "Learned", note: "MiniLM, layer 0", value: (h, q, k) => data.minilm[h][q][k] },
    { name: "T5", note: "trained, causal", causal: true, value: (h, q, k) => data.t5[h][q - k] },
    { name: "ALiBi", note: "fixed, causal", causal: true, value: (h, q, k) => data.alibi[h][q - k] },
    { name: "Rotary", note: "one vector with itself", value: (h, q, k) => data.rotary[h][Math.abs(q - k)] },
  ];

  const slider = (label, min, max, value) => tools.slider({ label, min, max, value, change: draw });
  const length = slider("Length T", 4, LONGEST, 16);
  const head = slider("Head", 0, HEADS - 1, 2);
  const query = slider("Query", 0, 15, 9);
  const key = slider("Key", 0, 15, 8);
  const options = [["score", "added to the score"], ["weight", "weights from it alone"]];
  const show = tools.select({ label: "Show", options, value: "score", change: draw });
  root.append(length.row, head.row, query.row, key.row, show.row);
  const get = ({ input }) => Number(input.value);
  const number = d3.format(".2f");

  const panels = d3.select(root).append("div").attr("class", "pictures");
  const boxes = panels.selectAll("div").data(schemes).join("div");
  const title = boxes.append("p").attr("class", "title");
  title.append("strong").text((s) => s.name);
  title.append("span").text((s) => s.note);
  const pictures = boxes.append("svg").attr("viewBox", `0 0 ${SIDE} ${SIDE}`).attr("role", "img");
  const reading = boxes.append("p");
  reading.append("span").attr("class", "here");
  reading.append("span").attr("class", "range");
  const says = tools.saying();
  root.append(says);

  pictures.each(function prepare(scheme) {
    const svg = d3.select(this);
    scheme.cells = svg.append("g").attr("shape-rendering", "crispEdges");
    scheme.masked = svg.append("path").attr("fill", "var(--ink-bg)");
    svg.append("rect").attr("x", LEFT).attr("y", TOP).attr("width", SIZE).attr("height", SIZE)
      .attr("fill", "none").attr("stroke", "var(--ink-line)");
    scheme.marks = ["var(--pst-color-background)", "var(--ink)"].map((colour, i) =>
      svg.append("rect").attr("fill", "none").attr("stroke", colour).attr("stroke-width", 5 - 3 * i));
    svg.append("text").attr("x", LEFT + SIZE / 2).attr("y", SIDE - 5)
      .attr("text-anchor", "middle").text("key");
    svg.append("text").attr("transform", `translate(14 ${TOP + SIZE / 2})rotate(-90)`)
      .attr("text-anchor", "middle").text("query");
  }).on("pointermove click", (event) => {
    const [x, y] = d3.pointer(event, event.currentTarget);
    const place = (at, from) => Math.floor(((at - from) / SIZE) * get(length));
    const [q, k] = [place(y, TOP), place(x, LEFT)];
    if (Math.min(q, k) < 0 || Math.max(q, k) >= get(length)) return;
    if (q === get(query) && k === get(key)) return;
    query.set(q);
    key.set(k);
    draw();
  });

  // The numbers of one row: what is added, or the weights if all words scored 0. Masked: null.
  function row(scheme, h, q, T, weights) {
    const values = d3.range(T).map((k) => (scheme.causal && k > q ? null : scheme.value(h, q, k)));
    if (!weights) return values;
    const top = d3.max(values);
    const raised = values.map((v) => (v === null ? null : Math.exp(v - top)));
    const sum = d3.sum(raised);
    return raised.map((v) => (v === null ? null : v / sum));
  }

  // All cells of nearly the same value are one path: quick, and in the colours of the theme.
  function paint(cells, rows, limit, cell) {
    const T = rows.length;
    const levels = d3.group(d3.cross(d3.range(T), d3.range(T)), ([i, j]) =>
      Math.round((20 * (rows[i][j] ?? 0)) / limit));
    levels.delete(0);
    cells.selectAll("path").data(levels).join("path")
      .attr("fill", ([level]) => (level < 0 ? "var(--ink)" : "var(--position)"))
      .attr("fill-opacity", ([level]) => Math.abs(level) / 20)
      .attr("d", ([, places]) => places.map(([i, j]) =>
        `M${LEFT + j * cell},${TOP + i * cell}h${cell}v${cell}h${-cell}z`).join(""));
  }

  function draw() {
    const T = get(length);
    for (const slider of [query, key]) {
      slider.input.max = T - 1;
      slider.set(slider.input.value); // the browser has cut it to the new end
    }
    const [h, q, k] = [get(head), get(query), get(key)];
    const weights = show.input.value === "weight";
    const cell = SIZE / T;
    const readings = [];
    for (const scheme of schemes) {
      const rows = d3.range(T).map((i) => row(scheme, h, i, T, weights));
      const limit = d3.max(rows.flat(), Math.abs) || 1;
      paint(scheme.cells, rows, limit, cell);
      const steps = scheme.causal
        ? d3.range(T).map((i) => `H${LEFT + (i + 1) * cell}V${TOP + (i + 1) * cell}`).join("")
        : "";
      scheme.masked.attr("d", steps && `M${LEFT},${TOP}${steps}V${TOP}Z`);
      for (const mark of scheme.marks) {
        mark.attr("x", LEFT + k * cell).attr("y", TOP + q * cell);
        mark.attr("width", cell).attr("height", cell);
      }
      const value = rows[q][k];
      scheme.text = value === null ? "masked" : number(value);
      scheme.range = d3.extent(rows.flat().filter((v) => v !== null));
      readings.push(`${scheme.name} ${scheme.text}`);
    }
    const extent = ({ range }) => range.map((v) => number(v)).join(" to ");
    boxes.select(".here").text((s) => `marked: ${s.text}`);
    boxes.select(".range").text((s) => extent(s));
    pictures.attr("aria-label", (s) => `${s.name}, head ${h}, ${T} by ${T}: ` +
      `${weights ? "weights" : "added to the score"} from ${extent(s)}.`);
    const what = weights ? "Weight" : "Added to the score";
    says.textContent = `${what} in head ${h} for query ${q} and key ${k}, offset ${d3.format("d")(k - q)}: ` +
      `${readings.join("; ")}.`;
  }
  draw();
});
