// Twelve words of a table in training: follow one, guess where it will end, and play.
WhatAndWhere.figure("training", (root, { d3, data, tools }) => {
  const { el } = tools;
  const { words, rows } = data;
  const LAST = rows.length - 1;
  const [WIDE, NAMES, GAP, EDGE] = [340, 86, 18, 12];
  const number = d3.format(".2f");

  let word = words.indexOf("violin");
  let guess = -1;
  const follow = tools.select({
    label: "Follow",
    options: words.map((name, n) => [n, name]),
    value: word,
    change: (n) => {
      word = Number(n);
      guess = -1;
      offer();
      draw();
    },
  });
  const ends = tools.select({
    label: "Your guess",
    options: [],
    change: (n) => {
      guess = Number(n);
      draw();
    },
  });
  const offer = () =>
    ends.input.replaceChildren(
      el("option", { value: -1 }, "none yet"),
      ...words.flatMap((name, n) => (n === word ? [] : [el("option", { value: n }, name)])),
    );
  const pass = tools.slider({ label: "Passes", min: 0, max: LAST, value: 0, change: draw });
  const says = tools.saying();
  const step = () => {
    const at = Number(pass.input.value);
    pass.set(at === LAST ? 0 : at + 1);
    draw();
    if (at + 1 === LAST) player.stop();
  };
  const player = tools.player({ step, every: 350, once: "One pass", says });
  const panels = el("div", { class: "pictures" });
  panels.append(el("div", {}, follow.row, ends.row, pass.row, player.button, says));
  root.append(panels);

  const all = rows.flat().concat([[0, 0]]);
  const [[left, right], [low, high]] = [0, 1].map((column) => d3.extent(all, (row) => row[column]));
  const scale = (WIDE - NAMES - 3 * EDGE) / (right - left);
  const HIGH = 2 * EDGE + Math.max((high - low) * scale, (words.length - 1) * GAP);
  const plane = d3.select(panels).append("svg").attr("viewBox", `0 0 ${WIDE} ${HIGH}`).attr("role", "img");
  const x = (row) => EDGE + (row[0] - left) * scale;
  const y = (row) => EDGE + (high - row[1]) * scale;
  const cross = `M${x([left])},${y([0, 0])}H${x([right])}M${x([0])},${y([0, low])}V${y([0, high])}`;
  plane.append("path").attr("d", cross).attr("class", "cross");
  const leads = plane.append("g").attr("class", "leads");
  const trail = plane.append("path").attr("class", "trail");
  const arrow = plane.append("line").attr("class", "arrow");
  const dots = plane.append("g");
  const names = plane.append("g").attr("font-size", 15);

  const cosine = (a, b) => (a[0] * b[0] + a[1] * b[1]) / Math.hypot(...a) / Math.hypot(...b);
  const kind = (n) => (n === word ? "followed" : n === guess ? "guess" : "");

  // The names' heights: each as near to its point as the others allow.
  const heights = (now) => {
    const order = d3.sort(d3.range(words.length), (n) => y(now[n]));
    const at = order.map((n) => y(now[n]));
    for (let round = 0; round < 200; round++) {
      for (let i = 1; i < at.length; i++) {
        const short = Math.max(0, GAP - at[i] + at[i - 1]) / 2;
        at[i - 1] -= short;
        at[i] += short;
      }
      at[0] = Math.max(at[0], EDGE);
      at[at.length - 1] = Math.min(at[at.length - 1], HIGH - EDGE);
    }
    return new Map(order.map((n, i) => [n, at[i]]));
  };

  function draw() {
    const step = Number(pass.input.value);
    const now = rows[step];
    const at = heights(now);
    const column = WIDE - NAMES;
    const each = d3.range(words.length);
    leads.selectAll("path").data(each).join("path").attr("class", kind)
      .attr("d", (n) => `M${x(now[n])},${y(now[n])}L${column - 4},${at.get(n)}`);
    dots.selectAll("circle").data(each).join("circle").attr("class", kind)
      .attr("r", (n) => (kind(n) ? 7 : 4)).attr("cx", (n) => x(now[n])).attr("cy", (n) => y(now[n]));
    names.selectAll("text").data(each).join("text").attr("class", kind)
      .attr("x", column).attr("y", (n) => at.get(n)).attr("dy", "0.35em").text((n) => words[n]);
    trail.attr("d", d3.line(x, y)(rows.slice(0, step + 1).map((table) => table[word])));
    arrow.attr("x1", x([0])).attr("y1", y([0, 0])).attr("x2", x(now[word])).attr("y2", y(now[word]));

    const others = d3.sort(each.filter((n) => n !== word), (n) => -cosine(now[n], now[word]));
    const told = (n) => `${words[n]} ${number(cosine(now[n], now[word]))}`;
    const near = others.slice(0, 3).map(told).join(", ");
    const place = others.indexOf(guess) + 1;
    const guessed = place ? ` Your guess: ${told(guess)}, place ${place} of ${others.length}.` : "";
    const first = others[0];
    const met = data.together[word][first];
    says.textContent =
      `Nearest to ${words[word]} ${step ? `after pass ${step} of ${LAST}` : "before training"}, by cosine: ${near}.` +
      (step || place ? guessed : " Noise. Near which word will it end? Guess, then play.") +
      (step === LAST ? ` ${words[word]} and ${words[first]} share ${met} of ${d3.format(",")(data.glosses)} glosses.` : "");
    plane.attr("aria-label", `Twelve words as points. Nearest to ${words[word]}: ${near}.`);
  }

  offer();
  draw();
});
