"""Model -> normal form -> logical plan with shared aggregates; no SQL here.

In the order of use: `nodes` (what the normal form adds to the model), `simplify`, `comparisons` and `normalize` (to
normal form), `plan` (the plan's data), `demands`, `share`, `naming`, `nothing`, `needs` (what rests on what),
`rollups` and `tie_tables` (what is read once for all who ask it), `scope` (planning SELECT by SELECT); beside them a
module for each kind of thing that is planned.
"""

from segql.plan.nodes import PlanError
from segql.plan.plan import Plan, plan

__all__ = ["Plan", "PlanError", "plan"]
