// Three sentences and a table of six rows: which rows they train, and the error past the last one.
WhatAndWhere.figure("learned", (root, { d3, data, tools }) => {
  const { el, slider } = tools;
  const ROWS = data.table.length;
  const PLACES = Math.max(...Object.keys(data.errors)); // the longest sentence to try
  const tokens = (n) => `${n} token${n === 1 ? "" : "s"}`;

  const lengths = data.lengths.map((value, s) =>
    slider({
      label: `Sentence ${s + 1}`,
      min: 0,
      max: PLACES,
      value,
      format: (n) => (n ? tokens(n) : "left out"),
      change: draw,
    }));
  const controls = el("div", {}, ...lengths.map(({ row }) => row));
  const says = tools.saying();
  const error = el("p", { class: "error", "aria-live": "polite" });

  const HIGH = 30;
  const column = { sentence: 20, row: 94, gradient: 280 };
  const STEP = 22; // from sentence to sentence
  const y = (place) => 40 + HIGH * place;
  const svg = d3.create("svg").attr("viewBox", `0 0 320 ${y(PLACES) + 2}`).attr("role", "img");
  const text = (at, height, anchor, words) => svg.append("text").attr("x", at).attr("y", height)
    .attr("text-anchor", anchor).text(words);
  text(column.sentence, 14, "start", "sentences");
  text(column.row + 89, 14, "middle", "position table");
  text(320, 14, "end", "gradient");
  data.lengths.forEach((_, s) => text(column.sentence + STEP * s + 9.5, 33, "middle", s + 1));
  d3.range(PLACES).forEach((place) => text(14, y(place) + 18, "end", place).attr("class", "place"));
  const tokensDrawn = svg.append("g").attr("class", "tokens");
  const rows = svg.append("g").selectAll("g").data(data.table).join("g").attr("class", "table-row")
    .attr("transform", (_, row) => `translate(${column.row} ${y(row)})`);
  const cell = rows.selectAll("g").data((row) => row).join("g")
    .attr("transform", (_, j) => `translate(${45 * j} 0)`);
  const most = d3.max(data.table.flat(), Math.abs);
  cell.append("rect").attr("width", 43).attr("height", HIGH - 4).attr("rx", 2).attr("fill", "var(--position-tint)")
    .attr("fill-opacity", (value) => 0.55 * (0.15 + (0.85 * Math.abs(value)) / most));
  cell.append("text").attr("x", 21.5).attr("y", 18).attr("text-anchor", "middle").text(d3.format(".2f"));
  rows.append("rect").attr("class", "edge").attr("width", 178).attr("height", HIGH - 4).attr("rx", 2);
  const none = svg.append("g").selectAll("g").data(d3.range(ROWS, PLACES)).join("g").attr("class", "none")
    .attr("transform", (place) => `translate(${column.row} ${y(place)})`);
  none.append("rect").attr("class", "edge").attr("width", 178).attr("height", HIGH - 4).attr("rx", 2);
  none.append("text").attr("x", 89).attr("y", 18).attr("text-anchor", "middle").text("no row");
  const bars = svg.append("g").attr("class", "bars").attr("fill", "var(--position)");
  const counts = svg.append("g");

  // A click below a sentence's number, or the mouse drawn along it, sets its length too.
  svg.append("rect").attr("class", "target").attr("x", column.sentence).attr("y", y(0))
    .attr("width", STEP * data.lengths.length).attr("height", HIGH * PLACES)
    .on("click pointermove", (event) => {
      if (event.type !== "click" && !(event.pointerType === "mouse" && event.buttons & 1)) return;
      const [left, top] = d3.pointer(event, svg.node());
      const s = Math.floor((left - column.sentence) / STEP);
      const length = Math.floor((top - y(0)) / HIGH) + 1;
      if (!lengths[s] || length < 1 || length > PLACES || Number(lengths[s].input.value) === length) return;
      lengths[s].set(length);
      draw();
    });
  root.append(el("div", { class: "pictures" }, controls, svg.node(), says), error);

  const list = (rows) => {
    const range = rows.length > 2 ? `${rows[0]} to ${rows.at(-1)}` : rows.join(" and ");
    return `${rows.length > 1 ? "Rows" : "Row"} ${range}`; // unused rows are always the last ones
  };

  function draw() {
    const long = lengths.map(({ input }) => Number(input.value));
    const longest = Math.max(...long);
    const tried = long.filter((length) => length).length;
    const fails = longest > ROWS;
    const used = d3.range(ROWS).map((row) => (fails ? null : long.filter((length) => length > row).length));

    const squares = long.flatMap((length, s) => d3.range(length).map((place) => ({ s, place })));
    tokensDrawn.selectAll("rect").data(squares).join("rect").attr("rx", 2)
      .attr("x", (d) => column.sentence + STEP * d.s).attr("y", (d) => y(d.place))
      .attr("width", 19).attr("height", HIGH - 4)
      .attr("fill", (d) => (d.place < ROWS ? "var(--token)" : "var(--alert)"));
    rows.classed("used", (_, row) => used[row] > 0);
    bars.selectAll("rect").data(used).join("rect").attr("x", column.gradient)
      .attr("y", (_, row) => y(row)).attr("height", HIGH - 4).attr("width", (count) => 7 * (count ?? 0));
    counts.selectAll("text").data(used).join("text").attr("class", "count").attr("x", 320)
      .attr("y", (_, row) => y(row) + 18).attr("text-anchor", "end").text((count) => count ?? "–");

    const never = d3.range(ROWS).filter((row) => !used[row]);
    says.textContent = fails
      ? `Sentence ${long.indexOf(longest) + 1} has ${longest} tokens, and position ${ROWS} has no row: ` +
        "the whole batch stops with an error, and no row gets a gradient."
      : `Gradient of rows 0 to ${ROWS - 1}: ${used.join(", ")}. ` +
        (never.length
          ? `${list(never)} ${never.length > 1 ? "are" : "is"} never used and stay${never.length > 1 ? "" : "s"} noise.`
          : `Every row is trained, the last one by ${used[ROWS - 1]} of ${tried} sentence${tried > 1 ? "s" : ""}.`);
    error.replaceChildren(
      ...(fails
        ? ["src says: ", el("code", {}, data.errors[longest]), " PyTorch's own table says only: ",
          el("code", {}, data.pytorch)]
        : []));
    svg.attr("aria-label", `Sentences of ${long.map(tokens).join(", ")} beside a table of ${ROWS} rows. ` +
      (fails ? "The longest one runs past its end." : `The gradient of its rows is ${used.join(", ")}.`));
  }
  draw();
});
