package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Diff compares a value with an expected JSON text and returns what differs first,
// or "". Numbers are compared by value, whatever their size: 1, 1.0 and 1e0 are
// equal.
func Diff(want json.RawMessage, got any) string {
	wantTree, err := parseTree(want)
	if err != nil {
		return fmt.Sprintf("the expected value is not JSON: %v", err)
	}
	gotTree, err := toTree(got)
	if err != nil {
		return fmt.Sprintf("the value cannot be written as JSON: %v", err)
	}
	return diffTrees(wantTree, gotTree)
}

// decode is json.Unmarshal with exact numbers.
func decode(text []byte, v any, strict bool) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("text after the value")
	}
	return nil
}

// parseTree reads a JSON text into maps, slices, strings, booleans, nil and
// json.Numbers in canonical spelling.
func parseTree(text []byte) (any, error) {
	var tree any
	if err := decode(text, &tree, false); err != nil {
		return nil, err
	}
	return canonical(tree), nil
}

func toTree(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return parseTree(text)
}

func canonical(tree any) any {
	switch v := tree.(type) {
	case json.Number:
		return canonicalNumber(v)
	case []any:
		for i := range v {
			v[i] = canonical(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = canonical(v[k])
		}
	}
	return tree
}

// canonicalNumber spells equal numbers equally. Integers keep all their digits;
// a number with a fraction or an exponent has the precision of a float64, as it
// has in the reference.
func canonicalNumber(n json.Number) json.Number {
	if !strings.ContainsAny(n.String(), ".eE") {
		if n == "-0" {
			return "0"
		}
		return n
	}
	f, err := n.Float64()
	if err != nil {
		return n
	}
	if i, accuracy := big.NewFloat(f).Int(nil); accuracy == big.Exact {
		return json.Number(i.String())
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}

// sort brings the lists without a defined order into one.
func (u unordered) sort(tree any) {
	members, isMap := tree.(map[string]any)
	switch {
	case u.member != "" && isMap:
		sortList(members[u.member])
	case u.all && isMap:
		for _, member := range members {
			sortList(member)
		}
	case u.all:
		sortList(tree)
	}
}

func sortList(tree any) {
	list, ok := tree.([]any)
	if !ok {
		return
	}
	type keyed struct {
		key  string
		item any
	}
	byText := make([]keyed, len(list))
	for i, item := range list {
		byText[i] = keyed{spell(item), item}
	}
	slices.SortFunc(byText, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	for i := range list {
		list[i] = byText[i].item
	}
}

// diffTrees returns the first difference of two canonical trees with the place
// where it is, or "".
func diffTrees(want, got any) string {
	where, what := firstDifference(want, got)
	if what == "" {
		return ""
	}
	if where == "" {
		return what
	}
	return fmt.Sprintf("at %s: %s\nwant %s\ngot  %s", where, what, show(want), show(got))
}

func firstDifference(want, got any) (where, what string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for _, k := range sortedKeys(w, g) {
			wv, inWant := w[k]
			gv, inGot := g[k]
			switch {
			case !inGot:
				return "." + k, "missing, want " + show(wv)
			case !inWant:
				return "." + k, "not wanted, got " + show(gv)
			}
			if where, what = firstDifference(wv, gv); what != "" {
				return "." + k + where, what
			}
		}
		return "", ""
	case []any:
		g, ok := got.([]any)
		if !ok {
			break
		}
		for i := range min(len(w), len(g)) {
			if where, what = firstDifference(w[i], g[i]); what != "" {
				return fmt.Sprintf("[%d]%s", i, where), what
			}
		}
		if len(w) != len(g) {
			return fmt.Sprintf("[%d]", min(len(w), len(g))), fmt.Sprintf("want %d items, got %d", len(w), len(g))
		}
		return "", ""
	default:
		// The other values of a tree are comparable, but got may be a slice or
		// a map, which are not.
		switch got.(type) {
		case map[string]any, []any:
		default:
			if want == got {
				return "", ""
			}
		}
	}
	return "", fmt.Sprintf("want %s, got %s", show(want), show(got))
}

func sortedKeys(a, b map[string]any) []string {
	keys := make([]string, 0, len(a))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// spell writes a tree as JSON, with the keys of maps in order.
func spell(tree any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return fmt.Sprintf("%v", tree)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func show(tree any) string { return clip(spell(tree)) }
