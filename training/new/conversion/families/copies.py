"""Which columns of the table a tensor is a copy of."""

from training.new.conversion.conversion import Conversion
from training.new.conversion.graph_builder import Name


def columns_copied(conversion: Conversion, tensor: Name, *, imputed: bool) -> set[str]:
    """The columns whose values a tensor has; none for a computed tensor.

    Args:
        conversion: the conversion.
        tensor: the tensor.
        imputed: whether a column counts whose nulls were replaced.
    """
    graph = conversion.graph
    if tensor in graph.inputs:
        return {conversion.inputs.get(tensor, tensor)}
    node = next((node for node in reversed(graph.nodes) if tensor in node.output), None)
    if node is None or node.op_type not in ("Gather", "Where", "Concat") or (node.op_type == "Where" and not imputed):
        return set()
    sources = {"Gather": node.input[:1], "Where": node.input[1:], "Concat": node.input}[node.op_type]
    return set[str]().union(*(columns_copied(conversion, source, imputed=imputed) for source in sources))
