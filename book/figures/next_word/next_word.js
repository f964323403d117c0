// A language model's next word: change positions or rows, predict, and see.
WhatAndWhere.figure("next-word", (root, { d3, data, tools }) => {
  const { el, saying, select, id } = tools;
  const group = id("change");
  const guesses = new Map(); // "text change" -> did the reader say that the first word stays
  const most = d3.max(data.texts, ({ changes }) => d3.max(changes, ({ losses }) => losses[0]));
  let [text, change] = [0, 0];

  const spoken = (token) => token.trim() || "(space)";
  const number = d3.format(".2f");
  const first = ({ words }) => spoken(words[0][0]);

  const list = select({
    label: "Text",
    options: data.texts.map((one, n) => [n, `${one.text} …`]),
    value: 0,
    change: (n) => {
      text = Number(n);
      show();
    },
  });
  const picks = data.texts[0].changes.map(({ name }, n) => {
    const radio = el("input", { type: "radio", name: group, checked: n === 0 });
    radio.addEventListener("change", () => {
      change = n;
      show();
    });
    return el("label", { class: "pick" }, radio, el("span", {}, name));
  });
  const choices = el("fieldset", { class: "choices" }, el("legend", { class: "hidden" }, "Change"), ...picks);
  const tokens = el("ol", { class: "read", "aria-label": "What the model reads, and at which positions" });
  const question = el("p", { class: "question" });
  const answers = [true, false].map((stays) =>
    el("button", { type: "button", onclick: () => guess(stays) }, stays ? "Yes" : "No"));
  const asks = el("div", { class: "asks" }, question, ...answers);
  const bars = el("ol", { class: "next" });
  const losses = el("div", { class: "next losses" });
  const says = saying();
  root.append(list.row, choices, tokens, asks, bars, losses, says);

  const guess = (stays) => {
    const key = `${text} ${change}`;
    if (!guesses.has(key)) guesses.set(key, stays); // the first one counts
    show();
  };

  // A name, a bar with a mark, a number.
  const line = (tag, name, value, share, kind, mark) => {
    const fill = el("span", { class: kind, style: `width: ${100 * share}%` });
    const parts = mark === undefined ? [fill] : [fill, el("span", { class: "as-it-is", style: `left: ${100 * mark}%` })];
    const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...parts);
    return el(tag, {}, el("span", { class: "name" }, name), bar, el("span", { class: "value" }, value));
  };

  const show = () => {
    const { changes } = data.texts[text];
    const [asItIs, now] = [changes[0], changes[change]];
    const said = guesses.get(`${text} ${change}`);
    const open = change === 0 || said !== undefined;

    tokens.replaceChildren(
      ...now.read.map((token, place) => {
        const other = token === asItIs.read[place] ? "" : " other";
        const where = now.positions.length ? String(now.positions[place]) : "none";
        return el("li", {},
          el("span", { class: "hidden" }, "position "), el("span", { class: "position" }, where),
          el("span", { class: "hidden" }, ", token "), el("span", { class: `token${other}` }, spoken(token)));
      }),
    );
    question.textContent = change === 0
      ? "Choose a change, and predict."
      : `Still “${first(asItIs)}” first?`;
    answers.forEach((button, n) => {
      button.hidden = change === 0;
      button.setAttribute("aria-pressed", String(said === (n === 0)));
    });

    const shown = open ? now : asItIs;
    bars.replaceChildren(
      ...shown.words.map(([word, chance, before]) =>
        line("li", spoken(word), number(chance), chance, open ? "combination" : "before",
          open && change ? before : undefined)),
    );
    const loss = (name, one, kind) => line("div", name, number(one.losses[0]), one.losses[0] / most, kind);
    losses.replaceChildren(
      el("strong", {}, "Loss, nats per token"),
      loss("as it is", asItIs, "before"),
      open && change ? loss("changed", now, "combination") : line("div", "changed", change ? "?" : "", 0, ""),
    );

    const top = ({ words }) => `“${spoken(words[0][0])}” ${number(words[0][1])}`;
    if (change === 0) says.textContent = `As it is: ${top(asItIs)} comes first, loss ${number(now.losses[0])}.`;
    else if (!open) says.textContent = "Predict, then see. The bars are those of the text as it is.";
    else {
      const stayed = now.words[0][0] === asItIs.words[0][0];
      const draws = now.losses.length > 1
        ? ` ${now.losses.length} shuffles: ${number(d3.min(now.losses))} to ${number(d3.max(now.losses))}.` : "";
      says.textContent = `${said === stayed ? "Right" : "No"}: ${top(now)} comes first, ` +
        `${stayed ? `with ${number(asItIs.words[0][1])}` : `${top(asItIs)}`} as it is. ` +
        `Loss ${number(now.losses[0])}, as it is ${number(asItIs.losses[0])}.${draws}`;
    }
  };
  show();
});
