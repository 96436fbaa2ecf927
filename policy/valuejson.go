package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/kojikit/kojikit/koji"
)

// MarshalJSON writes the value as JSON. Floats keep a decimal point, so that they
// are read back as floats; byte strings become texts in base64. A float that JSON
// cannot write (infinite, not a number) and a lazy value become null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case KindBool:
		return json.Marshal(v.num != 0)
	case KindInt:
		return json.Marshal(int64(v.num))
	case KindFloat:
		s := floatText(v.float())
		if strings.Contains(s, "n") { // nan, inf
			return []byte("null"), nil
		}
		return []byte(s), nil
	case KindText:
		return json.Marshal(v.text)
	case KindBytes:
		return json.Marshal(base64.StdEncoding.EncodeToString([]byte(v.text)))
	case KindList, KindMap:
		return json.Marshal(v.more)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a value from JSON. A number with a fraction or an exponent is
// a float, any other an integer.
func (v *Value) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var x any
	if err := d.Decode(&x); err != nil {
		return koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "policy data: %w", err)
	}
	parsed, err := ValueOf(x)
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
