"""Helpers of the course *What and Where*: one module per noun, one noun per chapter.

Shape letters, used identically in every docstring, lesson, figure and test:

===== ==============================================================
``B`` batch: how many sequences are processed together
``T`` positions in a sequence (``Tq`` for queries, ``Tk`` for keys)
``D`` width: how many numbers one vector has (``Dh`` in one head,
      ``Dv`` for values)
``H`` attention heads
``V`` vocabulary: how many different tokens there are
===== ==============================================================

Other axes are named by a word, such as ``layers`` or ``steps``. Tensors are batch first. Positions
and token ids are counted from 0.

Bad input is an error that says what was given, what fits and what to do: a ``TypeError`` if it is
of the wrong kind, such as a length that is not a whole number, a ``ValueError`` if its value or
shape does not fit. ``Raises`` lists what is not plain from that.
"""
