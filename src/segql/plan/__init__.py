"""Model -> normal form -> logical plan with shared aggregates; no SQL here.

In the order of use: `nodes` (what the normal form adds to the model), `simplify`, `comparisons` and `normalize` (to
normal form), `plan` (the plan's data), `demands`, `share`, `naming`, `nothing`, `scope` (planning SELECT by SELECT).
"""

from segql.plan.nodes import NotSupportedError, PlanError
from segql.plan.plan import Plan, plan

__all__ = ["NotSupportedError", "Plan", "PlanError", "plan"]
