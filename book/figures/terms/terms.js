// One word on its way through MiniLM: guess the shape of each stage, then read its names.
WhatAndWhere.figure("terms", (root, { d3, data, tools }) => {
  const { el, saying, id } = tools;
  const number = d3.format(".3f");
  const { shapes, stages } = data;
  const group = id("stage");
  const guesses = stages.map(() => null); // which shape the reader said
  let chosen = 0;

  const found = stages.map(() => el("span", { class: "shape" }));
  const rows = stages.map(({ name, kind }, n) => {
    const radio = el("input", { type: "radio", name: group, checked: n === 0 });
    radio.addEventListener("change", () => {
      chosen = n;
      show();
    });
    return el("label", { class: "pick" }, radio, el("span", { class: kind }, name), found[n]);
  });
  const way = el("fieldset", { class: "way" }, el("legend", { class: "hidden" }, "Stages"), ...rows);

  const offers = shapes.map((shape, n) => el("button", { type: "button", onclick: () => guess(n) }, shape));
  const question = el("p", { class: "question", id: id("question") });
  const asks = el("div", { class: "asks", role: "group", "aria-labelledby": question.id }, question, ...offers);
  const thing = el("div", { class: "thing" });
  const facts = el("dl", {});
  const says = saying();
  root.append(el("div", { class: "two" }, way, el("div", { class: "stage" }, asks, thing, facts, says)));

  const guess = (n) => {
    guesses[chosen] ??= n; // the first one counts
    show();
  };

  // A vector as cells, the tint stronger the larger the number; anything else as it is.
  const drawn = ({ object, kind }) => {
    if (typeof object === "string") return [el("span", { class: "plain" }, object)];
    const cells = object.map((value) => {
      const tint = `--share: ${Math.round(55 * (0.15 + 0.85 * Math.min(1, Math.abs(value) / 0.1)))}%`;
      return el("span", { class: `cell ${kind}`, style: tint }, number(value));
    });
    return [...cells, el("span", {}, "…")];
  };

  const show = () => {
    const [stage, said] = [stages[chosen], guesses[chosen]];
    const open = said !== null;
    question.replaceChildren(el("span", { class: stage.kind }, stage.name), ": shape?");
    offers.forEach((button, n) => {
      button.setAttribute("aria-pressed", String(said === n));
      button.classList.toggle("right", open && n === stage.shape);
    });
    found.forEach((place, n) => {
      place.textContent = guesses[n] === null ? "?" : shapes[stages[n].shape];
    });
    thing.replaceChildren(...(open ? drawn(stage) : []));
    const fact = (name, text) => [el("dt", {}, `${name}: `), el("dd", {}, text)];
    facts.replaceChildren(...(open ? [...fact("People call it", stage.called), ...fact("This book", stage.verdict)] : []));
    const right = guesses.filter((one, n) => one === stages[n].shape).length;
    const done = guesses.filter((one) => one !== null).length;
    says.textContent = open
      ? `${said === stage.shape ? "Right" : "No"}: ${shapes[stage.shape]}. ${right} of ${done} guessed right.`
      : "Guess, then see it.";
  };
  show();
});
