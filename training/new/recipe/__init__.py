"""The recipe: trains a model from a table alone, of linear models on splines and of trees, blended out of fold."""
