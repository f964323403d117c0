// Draws the formulas with KaTeX, a few at a time from the top, so that the page answers from the start.
// A page that is printed, or opened at an anchor, has them all at once: nothing moves afterwards.
(() => {
  const environment = (name) => ({ left: `\\begin{${name}}`, right: `\\end{${name}}`, display: true });
  const options = {
    throwOnError: false,
    delimiters: [
      { left: "\\(", right: "\\)", display: false },
      { left: "\\[", right: "\\]", display: true },
      ...["equation*", "align*", "gather*", "equation", "align", "gather"].map(environment),
    ],
  };
  const formulas = [...document.querySelectorAll(".math")];

  const draw = (milliseconds) => {
    const end = performance.now() + milliseconds;
    while (formulas.length && performance.now() < end) renderMathInElement(formulas.shift(), options);
    if (formulas.length) setTimeout(draw, 0, 8);
    else document.documentElement.dataset.math = "drawn"; // the browser tests wait for it
  };

  addEventListener("beforeprint", () => draw(Infinity));
  if (location.hash) draw(Infinity);
  else setTimeout(draw, 0, 8);
})();
