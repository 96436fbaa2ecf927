package policy

// checkReferences reports tests of the kind policy that name no policy, or lead
// back to themselves. Koji finds both only when it gets there.
func (c *compiler) checkReferences() {
	w := referenceWalk{compiler: c, state: make(map[*Program]walkState)}
	for _, name := range sortedKeys(c.unit.programs) {
		w.visit(c.unit.programs[name])
	}
}

type walkState uint8

const (
	unvisited walkState = iota
	onPath
	finished
)

type referenceWalk struct {
	*compiler
	state map[*Program]walkState
}

func (w *referenceWalk) visit(p *Program) {
	w.state[p] = onPath
	for _, r := range p.rules {
		for _, t := range r.tests {
			if t.def == nil || t.def.Name != "policy" || len(t.args) == 0 {
				continue
			}
			w.program = p
			w.test(t)
		}
	}
	w.state[p] = finished
}

func (w *referenceWalk) test(t *Test) {
	name := t.args[0]
	next := w.unit.programs[name]
	if next == nil {
		w.report(CodeUndefinedPolicy, t, 0, "there is no policy "+quote(name),
			didYouMean(name, sortedKeys(w.unit.programs)))
		return
	}
	switch w.state[next] {
	case onPath:
		w.report(CodePolicyLoop, t, 0, "policy "+quote(name)+" leads back here", "")
	case unvisited:
		w.visit(next)
	}
}
