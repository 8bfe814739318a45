"""The least that anybody could do in FlowServe's place, as plain loops over the model of `model`.

They know no duplicates, labels, single-writer check or snapshots, and change with no part of the product.
"""
