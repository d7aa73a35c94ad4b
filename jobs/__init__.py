"""Many scenes: the plan of a job, the loop that builds and renders it, verification, the report, and the demo."""
