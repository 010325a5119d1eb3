"""Days at a site, faster than they pass: cars come and go, and the gateway's own allocation shares what there is.

`visits` are the cars, drawn from a seed or read from a file; `hub` is a site to draw them for; `run` moves time on in
steps and asks a `Share` at each; `sharing` is the gateway's: `core.allocate` with what `load` has learned of each car;
`waiting` knows who waits for cheap hours, by the load loop's rule; `score` says how it went in figures, `savings` what
waiting came to, `report` all in one page of HTML.

What is left out is what takes seconds: calls, answers, cars on their way to a limit (the load loop's tests and the
benchmark `reaction` have them).
"""
