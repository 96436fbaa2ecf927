package policytest

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds of what aliases may make of a YAML document.
const (
	maxNodes = 1 << 20
	maxLevel = 1000
)

// yamlToJSON converts a YAML document. Numbers keep their spelling, so that 5.0
// stays a float.
func yamlToJSON(text []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, invalidFile("%w", err)
	}
	c := yamlConverter{}
	tree, err := c.convert(&doc)
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

type yamlConverter struct{ nodes, level int }

func (c *yamlConverter) convert(n *yaml.Node) (any, error) {
	c.nodes++
	c.level++
	defer func() { c.level-- }()
	if c.nodes > maxNodes || c.level > maxLevel {
		return nil, invalidFile("line %d: the document is too large", n.Line)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return c.convert(n.Content[0])
	case yaml.AliasNode:
		return c.convert(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := c.convert(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.MappingNode:
		return c.convertMap(n)
	}
	return scalar(n)
}

func (c *yamlConverter) convertMap(n *yaml.Node) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, invalidFile("line %d: a key is no text", key.Line)
		}
		if _, twice := m[key.Value]; twice {
			return nil, invalidFile("line %d: key %q is there twice", key.Line, key.Value)
		}
		v, err := c.convert(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		m[key.Value] = v
	}
	return m, nil
}

func scalar(n *yaml.Node) (any, error) {
	var v any
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool", "!!int", "!!float":
		if err := n.Decode(&v); err != nil {
			return nil, invalidFile("line %d: %w", n.Line, err)
		}
		if f, ok := v.(float64); ok {
			return floatNumber(f, n)
		}
		return v, nil
	}
	return n.Value, nil
}

// floatNumber spells a float so that it is read back as one.
func floatNumber(f float64, n *yaml.Node) (any, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, invalidFile("line %d: %s cannot be used", n.Line, n.Value)
	}
	if s := string(text); !strings.ContainsAny(s, ".e") {
		return json.Number(s + ".0"), nil
	}
	return json.Number(text), nil
}
