/*
 * The order of what the search finds: Sphinx's own weights, but the name of a function or module does
 * not count for more than the title of a page, and a lesson goes before other pages that hold the word.
 * An entry of the glossary is shown by its name: TERMS, which search_synonyms.py puts above this.
 */
const LESSON = /^chapters\/(?!reference)[^/]+\/\d/;

var Scorer = {
  score: (result) => {
    const [page, title, anchor, , score] = result;
    if (TERMS[anchor]) result[1] = `${title} > ${TERMS[anchor]}`;
    return score + (LESSON.test(page) ? 3 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
