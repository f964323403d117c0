// Empty on purpose: takes the place of the theme's file of this name (1.5 MB). The icons come from the
// theme's style sheet and its web font instead.
