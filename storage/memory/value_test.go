package memory

import (
	"bytes"
	"cmp"
	"database/sql"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage"
)

// record has a field of every type that storage admits, plain and nullable.
type record struct {
	Bool      bool
	Int       int
	Int64     int64
	Float     float64
	Text      string
	Time      time.Time
	NullBool  sql.Null[bool]
	NullInt   sql.Null[int]
	NullInt64 sql.Null[int64]
	NullFloat sql.Null[float64]
	NullText  sql.Null[string]
	NullTime  sql.Null[time.Time]
}

// columns returns the columns of record by name.
func columns() map[string]*column {
	list := make(map[string]*column)
	typ := reflect.TypeFor[record]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		c := &storage.Column{Name: f.Name, Field: f.Index, Type: f.Type}
		if i >= typ.NumField()/2 {
			c.Type, c.Null = f.Type.Field(0).Type, true
		}
		list[f.Name] = newColumn(typ, c)
	}
	return list
}

// FuzzCompare checks that rows are ordered by their values as Go orders them,
// nulls last, whether two rows are compared or a row with a constant.
func FuzzCompare(f *testing.F) {
	f.Add(false, int64(0), 0.0, "", int64(0), false, true, int64(-1), math.Copysign(0, -1), "\x00", int64(-1), true)
	f.Add(true, int64(math.MinInt64), math.Inf(-1), "a\x00", int64(1), true, true, int64(math.MaxInt64), math.Inf(1), "a\x00\x00", int64(1<<40), true)
	f.Add(true, int64(1), math.SmallestNonzeroFloat64, "a", int64(-1<<50), true, false, int64(256), -math.MaxFloat64, "a\xff", int64(7), false)
	all := columns()
	f.Fuzz(func(t *testing.T, b1 bool, n1 int64, f1 float64, s1 string, t1 int64, v1 bool, b2 bool, n2 int64, f2 float64, s2 string, t2 int64, v2 bool) {
		if math.IsNaN(f1) || math.IsNaN(f2) {
			return // refused before it is stored
		}
		x, y := makeRecord(b1, n1, f1, s1, t1, v1), makeRecord(b2, n2, f2, s2, t2, v2)
		nulls := 0
		if v1 != v2 {
			nulls = 1
			if v1 {
				nulls = -1
			}
		}
		for name, want := range map[string]int{
			"Bool":  cmp.Compare(truth(b1), truth(b2)),
			"Int":   cmp.Compare(int(n1), int(n2)),
			"Int64": cmp.Compare(n1, n2),
			"Float": cmp.Compare(f1, f2),
			"Text":  bytes.Compare([]byte(s1), []byte(s2)),
			"Time":  x.Time.Compare(y.Time),
		} {
			checkCompare(t, all[name], x, y, want)
			switch {
			case nulls != 0:
				want = nulls
			case !v1:
				want = 0
			}
			checkCompare(t, all["Null"+name], x, y, want)
		}
	})
}

func makeRecord(b bool, n int64, f float64, s string, micros int64, valid bool) *record {
	// Within the years that every database can hold.
	at := time.UnixMicro(micros % (1 << 57)).UTC()
	return &record{
		b, int(n), n, f, s, at,
		sql.Null[bool]{V: b, Valid: valid}, sql.Null[int]{V: int(n), Valid: valid}, sql.Null[int64]{V: n, Valid: valid},
		sql.Null[float64]{V: f, Valid: valid}, sql.Null[string]{V: s, Valid: valid}, sql.Null[time.Time]{V: at, Valid: valid},
	}
}

func checkCompare(t *testing.T, c *column, x, y *record, want int) {
	t.Helper()
	a, b := rowOf(x), rowOf(y)
	require.Equal(t, want, c.compare(a, b), c.Name)
	require.Equal(t, -want, c.compare(b, a), "%s, the other way round", c.Name)
	v, w := c.of(a), c.of(b)
	require.Equal(t, want, compare(&v, &w), "%s, by values", c.Name)
	if c.isNull(b) {
		return
	}
	f := reflect.ValueOf(y).Elem().FieldByIndex(c.Field)
	if c.Null {
		f = f.Field(0)
	}
	constant, err := c.constant(&storage.Kind{}, f.Interface())
	require.NoError(t, err)
	require.Equal(t, want, compare(&v, &constant), "%s, with a constant", c.Name)
}

func TestConstantMustHaveTheTypeOfTheColumn(t *testing.T) {
	all := columns()
	for name, x := range map[string]any{"Int": int64(1), "Int64": 1, "Text": []byte("a"), "Time": 1, "Bool": nil} {
		_, err := all[name].constant(&storage.Kind{Table: "t"}, x)
		require.Error(t, err, name)
	}
}
