package postgres

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/kojikit/kojikit/storage/internal/sqlstore"
)

// Query reads rows in the binary format of the server, straight from its
// messages: the way by package database/sql makes several objects for each row.
func (d dialect) Query(ctx context.Context, conn bun.Conn, statement string) (sqlstore.Rows, error) {
	var result *pgconn.ResultReader
	start := time.Now()
	err := conn.Raw(func(c any) error {
		// The connection is the transaction's own, so it may be read from
		// after this function.
		result = c.(*stdlib.Conn).Conn().PgConn().ExecParams(ctx, statement, nil, nil, nil, []int16{pgtype.BinaryFormatCode})
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &binaryRows{result: result}
	r.done = func(err error) {
		if d.trace != nil {
			d.trace(ctx, statement, time.Since(start), err)
		}
	}
	r.fields = result.FieldDescriptions()
	if r.fields == nil { // the server did not come to describe rows
		return nil, r.Close()
	}
	return r, nil
}

// binaryRows are the rows of a statement that the server sends.
type binaryRows struct {
	result *pgconn.ResultReader
	fields []pgconn.FieldDescription
	done   func(error)
	closed bool
	err    error
}

func (r *binaryRows) Next() bool {
	if r.result.NextRow() {
		return true
	}
	_ = r.Close() // kept for Err
	return false
}

func (r *binaryRows) Err() error { return r.err }

func (r *binaryRows) Close() error {
	if !r.closed {
		r.closed = true
		_, r.err = r.result.Close()
		r.done(r.err)
	}
	return r.err
}

func (r *binaryRows) Scan(dest []any) error {
	for i, src := range r.result.Values() {
		if src != nil && !decode(dest[i], r.fields[i].DataTypeOID, src) {
			return &sqlstore.MismatchError{Column: i, Holds: fmt.Sprintf("type %d", r.fields[i].DataTypeOID)}
		}
	}
	return nil
}

// decode stores what a value in binary format says where dest points to. It
// returns false if the type has no place there.
func decode(dest any, oid uint32, src []byte) bool {
	switch d := dest.(type) {
	case *int64:
		return decodeInt(d, oid, src)
	case *int:
		return decodeInt(d, oid, src)
	case *string:
		return decodeText(d, oid, src)
	case *bool:
		*d = len(src) == 1 && src[0] != 0
		return oid == pgtype.BoolOID
	case *float64:
		return decodeFloat(d, oid, src)
	case *time.Time:
		return decodeTime(d, oid, src)
	case *[]byte: // a record, see Unpack
		*d = src
		return oid == pgtype.RecordOID
	case *sql.Null[int64]:
		return decodeNull(d, oid, src)
	case *sql.Null[int]:
		return decodeNull(d, oid, src)
	case *sql.Null[string]:
		return decodeNull(d, oid, src)
	case *sql.Null[bool]:
		return decodeNull(d, oid, src)
	case *sql.Null[float64]:
		return decodeNull(d, oid, src)
	case *sql.Null[time.Time]:
		return decodeNull(d, oid, src)
	default:
		return false
	}
}

func decodeNull[T any](d *sql.Null[T], oid uint32, src []byte) bool {
	d.Valid = true
	return decode(&d.V, oid, src)
}

func decodeInt[T int | int64](d *T, oid uint32, src []byte) bool {
	switch {
	case oid == pgtype.Int4OID && len(src) == 4:
		*d = T(int32(binary.BigEndian.Uint32(src)))
	case oid == pgtype.Int8OID && len(src) == 8:
		*d = T(int64(binary.BigEndian.Uint64(src)))
	case oid == pgtype.Int2OID && len(src) == 2:
		*d = T(int16(binary.BigEndian.Uint16(src)))
	default:
		return false
	}
	return true
}

func decodeFloat(d *float64, oid uint32, src []byte) bool {
	switch {
	case oid == pgtype.Float8OID && len(src) == 8:
		*d = math.Float64frombits(binary.BigEndian.Uint64(src))
	case oid == pgtype.Float4OID && len(src) == 4:
		*d = float64(math.Float32frombits(binary.BigEndian.Uint32(src)))
	default:
		return false
	}
	return true
}

func decodeText(d *string, oid uint32, src []byte) bool {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.JSONOID:
		*d = string(src)
	case pgtype.JSONBOID:
		if len(src) == 0 || src[0] != 1 { // the version of the format
			return false
		}
		*d = string(src[1:])
	default:
		return false
	}
	return true
}

// epoch is the time that the server counts from, in microseconds since 1970.
const epoch = 946684800_000000

func decodeTime(d *time.Time, oid uint32, src []byte) bool {
	if oid != pgtype.TimestamptzOID || len(src) != 8 {
		return false
	}
	v := int64(binary.BigEndian.Uint64(src))
	if v == math.MaxInt64 || v == math.MinInt64 { // infinity
		return false
	}
	*d = time.UnixMicro(v + epoch).UTC()
	return true
}
