"""Helpers of the course *What and Where*: one module per noun, one noun per chapter.

Shape letters, used identically in every docstring, lesson, figure and test:

===== ==============================================================
``B`` batch: how many sequences are processed together
``T`` positions in a sequence (``Tq`` for queries, ``Tk`` for keys)
``D`` width: how many numbers one vector has
``H`` attention heads
``V`` vocabulary: how many different tokens there are
===== ==============================================================

Tensors are batch first. Positions and token ids are counted from 0.
"""
