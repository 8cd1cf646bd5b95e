"""The worlds of the book's equations: ``common`` and one module for each chapter.

A world knows leaves and forward definitions only, in plain numpy; nothing here uses the book's
own code, so that the two can be held against each other.  All layer sizes differ and every
layer has another activation, so a wrong index fails on shape and no identity holds by accident.
"""
