package memory

import (
	"reflect"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// sortable is a row with the keys to sort it by: one for each column of the
// order, then one that makes the order total.
type sortable struct {
	row any
	key []string
}

// sortColumn is a sort key made ready.
type sortColumn struct {
	column *storage.Column
	desc   bool
}

func (t *table) order(list []storage.Order) ([]sortColumn, error) {
	var columns []sortColumn
	for _, o := range list {
		i := t.kind.Column(o.Column)
		if i < 0 {
			return nil, koji.Errorf(koji.ErrInvalid, koji.FaultGeneric, "%s has no column %q to order by", t.kind.Table, o.Column)
		}
		columns = append(columns, sortColumn{&t.kind.Columns[i], o.Desc})
	}
	return columns, nil
}

func (t *table) sortKey(row any, order []sortColumn) []string {
	v := reflect.ValueOf(row).Elem()
	key := make([]string, 0, len(order)+1)
	for _, o := range order {
		buf, _ := appendColumn(nil, v, o.column)
		key = append(key, string(buf))
	}
	last, _ := t.key(row, t.kind.Key)
	if t.kind.Versioned {
		last = string(appendInt([]byte(last), int64(storage.VersionOf(row).CreateEvent)))
	}
	return append(key, last)
}

// compareKeys compares sort keys; the last part is always ascending.
func compareKeys(a, b []string, order []sortColumn) int {
	for i := range a {
		c := strings.Compare(a[i], b[i])
		if i < len(order) && order[i].desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
