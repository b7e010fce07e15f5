"""Which columns of the table a tensor is a copy of."""

from training.new.conversion.graph_builder import GraphBuilder, Name


def columns_copied(graph: GraphBuilder, tensor: Name, *, imputed: bool) -> set[str]:
    """The inputs of the graph whose values a tensor has; none for a computed tensor.

    Args:
        graph: the graph.
        tensor: the tensor.
        imputed: whether an input counts whose nulls were replaced.
    """
    if tensor in graph.inputs:
        return {tensor}
    node = next((node for node in reversed(graph.nodes) if tensor in node.output), None)
    if node is None or node.op_type not in ("Gather", "Where", "Concat") or (node.op_type == "Where" and not imputed):
        return set()
    sources = {"Gather": node.input[:1], "Where": node.input[1:], "Concat": node.input}[node.op_type]
    return set[str]().union(*(columns_copied(graph, source, imputed=imputed) for source in sources))
