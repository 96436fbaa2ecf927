package policy

// Constant returns the outcome that the tests of a rule and its sign always have,
// or NotRun if it depends on the data. Failures are not thought of.
func (r *Rule) Constant() Outcome {
	holds := True
	for _, t := range r.tests {
		switch t.Constant() {
		case False:
			holds = False
		case True:
		default:
			if holds == True {
				holds = NotRun
			}
		}
		if holds == False {
			break
		}
	}
	if holds == NotRun || !r.negated {
		return holds
	}
	if holds == True {
		return False
	}
	return True
}

// Constant returns the outcome that the test always has, or NotRun if it depends on
// the data.
func (t *Test) Constant() Outcome {
	switch {
	case t.def == nil:
	case t.def.constant != NotRun:
		return t.def.constant
	case t.subject != nil && t.patterns.empty() && !t.def.Fails:
		return False
	}
	return NotRun
}
