package postgres

import (
	"encoding/binary"
	"fmt"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// Packed makes an anonymous record, so that rows of different tables fit into one
// result.
func (dialect) Packed(columns string) string { return "ROW(" + columns + ")" }

// Unpack reads a record in binary format: the number of its values, and for each its
// type, its length, -1 for null, and that many bytes.
func (dialect) Unpack(packed []byte, dest []any) error {
	n, rest, ok := cut32(packed)
	if !ok || int(n) != len(dest) {
		return errRecord
	}
	for i := range dest {
		var oid, size uint32
		if oid, rest, ok = cut32(rest); !ok {
			return errRecord
		}
		if size, rest, ok = cut32(rest); !ok {
			return errRecord
		}
		if int32(size) < 0 {
			continue
		}
		if uint64(size) > uint64(len(rest)) {
			return errRecord
		}
		if !decode(dest[i], oid, rest[:size]) {
			return &sqlstore.MismatchError{Column: i, Holds: fmt.Sprintf("type %d", oid)}
		}
		rest = rest[size:]
	}
	return nil
}

var errRecord = koji.Errorf(koji.ErrMismatch, koji.FaultGeneric, "malformed record from the server")

func cut32(b []byte) (n uint32, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(b), b[4:], true
}
