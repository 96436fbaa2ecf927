package gate

import (
	"encoding/base64"
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

// maxDepth bounds how deep values of a request may be nested.
const maxDepth = 100

// decodeRequest returns the arguments in the request of a task: the parameters of
// an XML-RPC call, in old rows in base64.
func decodeRequest(text string) ([]policy.Value, error) {
	if !strings.Contains(text[:min(len(text), 10)], "<?xml") {
		plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, malformed("neither XML nor base64")
		}
		text = string(plain)
	}
	d := &requestDecoder{xml.NewDecoder(strings.NewReader(text))}
	if err := d.enter("methodCall"); err != nil {
		return nil, err
	}
	args := []policy.Value{}
	inParams := false
	for {
		start, err := d.child()
		if err != nil {
			return nil, err
		}
		switch {
		case start == nil: // of params, or of a call without
			return args, nil
		case start.Name.Local == "params" && !inParams:
			inParams = true
		case start.Name.Local == "param" && inParams:
			v, err := d.only("value", 0)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		default:
			if err := d.xml.Skip(); err != nil {
				return nil, malformed("%w", err)
			}
		}
	}
}

func malformed(format string, args ...any) error {
	return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "XML-RPC: "+format, args...)
}

// requestDecoder reads XML-RPC values.
type requestDecoder struct{ xml *xml.Decoder }

// enter reads up to the beginning of the document's element.
func (d *requestDecoder) enter(name string) error {
	for {
		token, err := d.xml.Token()
		if err != nil {
			return malformed("%w", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != name {
				return malformed("%s in place of %s", start.Name.Local, name)
			}
			return nil
		}
	}
}

// child returns the beginning of the next element; nil at the end of the one around.
func (d *requestDecoder) child() (*xml.StartElement, error) {
	for {
		token, err := d.xml.Token()
		if err != nil {
			return nil, malformed("%w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// only reads the one element that another holds, a value, and the end of both.
func (d *requestDecoder) only(name string, depth int) (policy.Value, error) {
	start, err := d.child()
	if err != nil {
		return policy.Value{}, err
	}
	if start == nil || start.Name.Local != name {
		return policy.Value{}, malformed("no %s", name)
	}
	v, err := d.value(depth)
	if err != nil {
		return policy.Value{}, err
	}
	if next, err := d.child(); err != nil || next != nil {
		return policy.Value{}, malformed("more than one %s", name)
	}
	return v, nil
}

// value reads a value up to the end of its element.
func (d *requestDecoder) value(depth int) (policy.Value, error) {
	if depth > maxDepth {
		return policy.Value{}, malformed("values are nested more than %d deep", maxDepth)
	}
	var text strings.Builder
	for {
		token, err := d.xml.Token()
		if err != nil {
			return policy.Value{}, malformed("%w", err)
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.EndElement: // without a type it is text
			return policy.String(text.String()), nil
		case xml.StartElement:
			v, err := d.typed(t.Name.Local, depth)
			if err != nil {
				return policy.Value{}, err
			}
			if next, err := d.child(); err != nil || next != nil {
				return policy.Value{}, malformed("more than one type in a value")
			}
			return v, nil
		}
	}
}

// typed reads the inside of a value of a type, and its end.
func (d *requestDecoder) typed(kind string, depth int) (policy.Value, error) {
	switch kind {
	case "array":
		return d.array(depth)
	case "struct":
		return d.members(depth)
	}
	text, err := d.text()
	if err != nil {
		return policy.Value{}, err
	}
	v, err := scalar(kind, text)
	if err != nil {
		return policy.Value{}, malformed("%s %q", kind, text)
	}
	return v, nil
}

func scalar(kind, text string) (policy.Value, error) {
	switch kind {
	case "nil":
		return policy.Null(), nil
	case "string", "dateTime.iso8601":
		return policy.String(text), nil
	case "int", "i1", "i2", "i4", "i8":
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return policy.Int(n), err
	case "boolean":
		b, err := strconv.ParseBool(strings.TrimSpace(text))
		return policy.Bool(b), err
	case "double":
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return policy.Float(f), err
	case "base64":
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		return policy.Bytes(b), err
	}
	return policy.Value{}, strconv.ErrSyntax
}

// text reads the characters of an element that has no others in it, and its end.
func (d *requestDecoder) text() (string, error) {
	var text strings.Builder
	for {
		token, err := d.xml.Token()
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			return text.String(), nil
		case xml.StartElement:
			return "", malformed("%s inside of a simple value", t.Name.Local)
		}
		if err != nil {
			return "", malformed("%w", err)
		}
	}
}

func (d *requestDecoder) array(depth int) (policy.Value, error) {
	start, err := d.child()
	if err != nil {
		return policy.Value{}, err
	}
	if start == nil || start.Name.Local != "data" {
		return policy.Value{}, malformed("array without data")
	}
	var items []policy.Value
	for {
		start, err := d.child()
		if err != nil {
			return policy.Value{}, err
		}
		if start == nil {
			break
		}
		v, err := d.value(depth + 1)
		if err != nil {
			return policy.Value{}, err
		}
		items = append(items, v)
	}
	_, err = d.child()
	return policy.List(items...), err
}

func (d *requestDecoder) members(depth int) (policy.Value, error) {
	members := make(map[string]policy.Value)
	for {
		start, err := d.child()
		if err != nil {
			return policy.Value{}, err
		}
		if start == nil {
			return policy.Map(members), nil
		}
		if start, err = d.child(); err != nil {
			return policy.Value{}, err
		}
		if start == nil || start.Name.Local != "name" {
			return policy.Value{}, malformed("member without a name")
		}
		name, err := d.text()
		if err != nil {
			return policy.Value{}, err
		}
		if members[name], err = d.only("value", depth+1); err != nil {
			return policy.Value{}, err
		}
	}
}
