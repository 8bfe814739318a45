"""The mistakes that are made: what each node of a module's syntax tree is replaced with."""

import ast
import copy
from collections.abc import Callable, Iterator

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLS = {"min": "max", "max": "min", "bisect_left": "bisect_right", "bisect_right": "bisect_left"}
_CONDITIONS = (ast.If, ast.IfExp, ast.While)

Change = Callable[[ast.AST], Iterator[ast.AST]]


def replacements(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node, each with one mistake in it."""
    for change in _CHANGES:
        yield from change(node)
    if isinstance(parent, _CONDITIONS) and node is parent.test:
        yield from _negated(node)
    if isinstance(parent, ast.comprehension) and node in parent.ifs:
        yield from _negated(node)
    if _is_removable(node, parent):
        yield ast.Pass()


def _comparison(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                changed = copy.deepcopy(node)
                changed.ops[place] = other()
                yield changed


def _arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _ARITHMETIC:
        changed = copy.deepcopy(node)
        changed.op = _ARITHMETIC[type(node.op)]()
        yield changed


def _logic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        changed = copy.deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield changed
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield copy.deepcopy(node.operand)


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def _call(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        changed = copy.deepcopy(node)
        changed.func = ast.Name(_CALLS[node.func.id], ast.Load())
        yield changed


def _return(node: ast.AST) -> Iterator[ast.AST]:
    nothing = (
        isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None
    )
    if isinstance(node, ast.Return) and node.value is not None and not nothing:
        yield ast.Return(ast.Constant(None))


def _negated(node: ast.AST) -> Iterator[ast.AST]:
    """Of conditions that are no comparison: negating those is among the changes of comparisons."""
    if isinstance(node, ast.expr) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), copy.deepcopy(node))


def _is_removable(node: ast.AST, parent: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)  # a docstring, or the body of a protocol
    if isinstance(node, ast.Assign):
        # The first assignment of a name: without it nothing runs, which any test notices.
        first = isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module)
        return not (first and isinstance(node.targets[0], ast.Name | ast.Tuple))
    return isinstance(node, ast.AugAssign | ast.Delete | ast.Raise | ast.Break | ast.Continue)


_CHANGES: tuple[Change, ...] = (_comparison, _arithmetic, _logic, _constant, _call, _return)
