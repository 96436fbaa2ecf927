package policy

// GenericTests returns the tests that only look at the data: true, false, all,
// none, has, bool, match, match_any, match_all, target and compare.
func GenericTests() *Registry { return builtin(genericTests()) }

func genericTests() []Definition {
	field := Arg{Kind: ArgField, Name: "field"}
	pattern := Arg{Kind: ArgPattern, Name: "pattern", Repeat: true}
	return []Definition{
		constantTest("true", true),
		constantTest("all", true),
		constantTest("false", false),
		constantTest("none", false),
		{
			Name: "has", Doc: "The data have the key, whatever its value.",
			Args: []Arg{field}, build: buildHas,
		},
		{
			Name: "bool", Doc: "The value of the key is neither null, false, zero nor empty.",
			Args: []Arg{field}, build: buildBool,
		},
		{
			Name: "match", Doc: "The text of the key matches one of the patterns.",
			Args: []Arg{field, pattern}, build: buildMatch,
		},
		{
			Name: "match_any", Doc: "Some item of the list under the key matches one of the patterns.",
			Args: []Arg{field, pattern}, build: buildMatchAny,
		},
		{
			Name: "match_all", Doc: "Every item of the list under the key, which is not empty, matches one of the patterns.",
			Args: []Arg{field, pattern}, build: buildMatchAll,
		},
		{
			Name: "target", Doc: "The name of the build target matches one of the patterns.",
			Reads: Reads{Keys: []string{"target"}, Absent: False, Null: False},
			Text:  targetText,
		},
		{
			Name: "compare", Doc: "The number under the key compares as stated.",
			Args:  []Arg{field, {Kind: ArgOperator, Name: "operator"}, {Kind: ArgNumber, Name: "number"}},
			build: buildCompare,
		},
	}
}

func constantTest(name string, value bool) Definition {
	doc := "Never."
	if value {
		doc = "Always."
	}
	return Definition{
		Name: name, Doc: doc, constant: outcomeOf(value, nil),
		Compile: withoutArgs(func(*Env) (bool, error) { return value, nil }),
	}
}

// field returns the first argument of a test of a key.
func (c *Call) field() (keyIndex, error) {
	if len(c.Args) == 0 {
		return 0, c.refuseWith(wholeTest, "write the key of the data behind it", "the key to look at is missing")
	}
	return c.unit.key(c.Args[0]), nil
}

// failsWithoutField is a test whose field is missing: that is found out when it is
// run.
func failsWithoutField() compiled {
	return compiled{check: func(*Env) (bool, error) {
		return false, failure(BadArgument, "", "the key to look at is missing")
	}}
}

func buildHas(c *Call) (compiled, error) {
	key, err := c.field()
	if err != nil {
		return failsWithoutField(), err
	}
	return compiled{
		check: func(e *Env) (bool, error) { return e.has(key), nil },
		reads: &Reads{Keys: c.Args[:1], Absent: False, Null: True},
	}, nil
}

func buildBool(c *Call) (compiled, error) {
	key, err := c.field()
	if err != nil {
		return failsWithoutField(), nil
	}
	return compiled{
		check: func(e *Env) (bool, error) { return e.truthy(key) },
		reads: &Reads{Keys: c.Args[:1], Absent: False, Null: False},
	}, nil
}

func (e *Env) truthy(key keyIndex) (bool, error) {
	s, err := e.slot(key)
	if err != nil {
		return false, err
	}
	if e.note != nil {
		e.compares(s.value)
	}
	return s.value.truthy(), nil
}

// truthyTest defines a test of whether a key is true, without arguments.
func truthyTest(name, key, doc string) Definition {
	return Definition{
		Name: name, Doc: doc, Reads: Reads{Keys: []string{key}, Absent: False, Null: False},
		build: func(c *Call) (compiled, error) {
			i := c.unit.key(key)
			return compiled{check: func(e *Env) (bool, error) { return e.truthy(i) }}, nil
		},
	}
}

func buildMatch(c *Call) (compiled, error) {
	if len(c.Args) == 0 {
		return failsWithoutField(), nil
	}
	t := c.unit.keySubject(c.Args[0]).test(c.Args[1:])
	t.reads = &Reads{Keys: c.Args[:1], Absent: False, Null: False}
	return t, nil
}

func buildMatchAny(c *Call) (compiled, error) {
	return c.listTest(func(items []Value, p *patterns) bool {
		for _, v := range items {
			if text, ok := v.itemText(); ok && p.match(text) {
				return true
			}
		}
		return false
	})
}

func buildMatchAll(c *Call) (compiled, error) {
	return c.listTest(func(items []Value, p *patterns) bool {
		for _, v := range items {
			if text, ok := v.itemText(); !ok || !p.match(text) {
				return false
			}
		}
		return len(items) > 0
	})
}

// listTest makes a test of the items of a list. Anything but a list is false.
func (c *Call) listTest(holds func([]Value, *patterns) bool) (compiled, error) {
	key, err := c.field()
	if err != nil {
		return failsWithoutField(), nil
	}
	p := newPatterns(c.Args[1:])
	return compiled{
		reads: &Reads{Keys: c.Args[:1], Absent: False, Null: False},
		check: func(e *Env) (bool, error) {
			v, _, err := e.value(key)
			if err != nil {
				return false, err
			}
			e.compares(v)
			items, _ := v.List()
			return holds(items, p), nil
		},
	}, nil
}

// targetText returns the target's name. Koji fails on a number; here it is looked
// up if that is possible, for kojivmd passes the target by id.
func targetText(e *Env) (Value, error) {
	v, present, err := e.Get("target")
	id, isID := v.Int()
	if err != nil || !present || !isID || e.lookups == nil {
		return v, err
	}
	name, err := e.name(TableTarget, ByID(id))
	if err != nil || name == nil {
		return Value{}, err
	}
	return String(name.Name), nil
}

func buildCompare(c *Call) (compiled, error) {
	key, err := c.field()
	if err != nil {
		return failsWithoutField(), err
	}
	op, n, err := c.comparison(1, false)
	if err != nil {
		return failsWithoutField(), err
	}
	reads := &Reads{Keys: c.Args[:1], Absent: False, Null: Failed}
	switch op {
	case opEqual:
		reads.Null = False
	case opNotEqual:
		reads.Null = True
	}
	field := c.Args[0]
	return compiled{reads: reads, check: func(e *Env) (bool, error) { return e.compare(key, field, op, &n) }}, nil
}

// comparison reads the arguments OP NUMBER.
func (c *Call) comparison(from int, integer bool) (operator, number, error) {
	const usage = "write FIELD OPERATOR NUMBER with spaces between"
	if len(c.Args) < from+2 {
		return 0, number{}, c.refuseWith(wholeTest, usage, "an operator and a number are needed")
	}
	op, ok := parseOperator(c.Args[from])
	if !ok {
		suggestion := usage
		if c.Args[from] == "==" {
			suggestion = "write ="
		}
		return 0, number{}, c.refuseWith(from, suggestion, "%s is not one of < > <= >= = !=", quote(c.Args[from]))
	}
	text := c.Tail(from + 1)
	n, ok := parseNumber(text)
	if !ok || integer && n.isFloat {
		return 0, number{}, c.Refuse(from+1, "%s is not a number that is taken here", quote(text))
	}
	return op, n, nil
}

func (e *Env) compare(key keyIndex, field string, op operator, n *number) (bool, error) {
	s, err := e.slot(key)
	if err != nil || s.state != slotPresent {
		return false, err
	}
	v := &s.value
	if e.note != nil {
		e.compares(*v)
	}
	order, ordered, ok := n.compare(v)
	switch {
	case ok:
		return op.holds(order, ordered), nil
	case op == opEqual:
		return false, nil
	case op == opNotEqual:
		return true, nil
	}
	return false, badType(field, *v, "a number to compare with "+operatorNames[op])
}
