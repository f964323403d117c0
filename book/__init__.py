"""All that makes pages out of `chapters/`: extensions, figures, styles, PDF, slides."""
