package sqlitedb

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// database is one of the three databases being made, in one transaction.
type database struct {
	path    string
	indexes string
	db      *sql.DB
	tx      *sql.Tx
	inserts []*insert
	add     func(key int64, p *rpmmd.Package) error

	packages chan *rpmmd.Package
	done     chan struct{} // closed when no more packages are taken
	err      error         // of the first failure; to be read after done
}

// queue is how many packages may wait for a database.
const queue = 64

// create makes an empty database in the directory.
func create(dir, name, schema, indexes string) (*database, error) {
	d := &database{path: filepath.Join(dir, name), indexes: indexes}
	// A database that is not finished is thrown away.
	source := url.URL{Scheme: "file", Path: d.path, RawQuery: url.Values{
		"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "locking_mode(EXCLUSIVE)", "cache_size(-16384)"},
	}.Encode()}
	var err error
	if d.db, err = sql.Open("sqlite", source.String()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d.db.SetMaxOpenConns(1)
	if d.tx, err = d.db.Begin(); err == nil {
		_, err = d.tx.Exec(schema)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), d.db.Close())
	}
	return d, nil
}

// start writes the packages that come through the channel from now on.
func (d *database) start() {
	d.packages, d.done = make(chan *rpmmd.Package, queue), make(chan struct{})
	go func() {
		defer close(d.done)
		var key int64
		for p := range d.packages {
			key++
			if d.err == nil {
				d.err = d.add(key, p)
			}
		}
	}()
}

// end waits until all packages are written.
func (d *database) end() {
	if d.packages != nil {
		close(d.packages)
		<-d.done
		d.packages = nil
	}
}

// finish completes the database and closes it.
func (d *database) finish(checksum string) error {
	d.end()
	err := d.err
	for _, in := range d.inserts {
		if err == nil {
			err = in.flush()
		}
	}
	if err == nil {
		_, err = d.tx.Exec(d.indexes)
	}
	if err == nil {
		_, err = d.tx.Exec("INSERT INTO db_info (dbversion, checksum) VALUES (?, ?)", version, checksum)
	}
	if err == nil {
		err = d.tx.Commit()
	}
	if err = errors.Join(err, d.close()); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(d.path), err)
	}
	return nil
}

// close frees everything.
func (d *database) close() error {
	if d.db == nil {
		return nil
	}
	d.end()
	for _, in := range d.inserts {
		in.close()
	}
	// After a commit there is nothing to roll back, and that is an error too.
	_ = d.tx.Rollback()
	err := d.db.Close()
	d.db = nil
	return err
}

// insert adds rows to a table, several with each statement.
type insert struct {
	tx      *sql.Tx
	prefix  string // INSERT INTO ... VALUES
	row     string // (?, ?, ...)
	columns int
	many    *sql.Stmt
	values  []any
}

// rows is how many rows a statement adds.
const rows = 32

// insert returns an insert into a table.
func (d *database) insert(table string, columns ...string) (*insert, error) {
	in := &insert{
		tx: d.tx, columns: len(columns), prefix: "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ",
		row:    "(" + strings.Repeat("?, ", len(columns)-1) + "?)",
		values: make([]any, 0, rows*len(columns)),
	}
	var err error
	if in.many, err = d.tx.Prepare(in.statement(rows)); err != nil {
		return nil, err
	}
	d.inserts = append(d.inserts, in)
	return in, nil
}

func (in *insert) statement(n int) string {
	return in.prefix + strings.Repeat(in.row+", ", n-1) + in.row
}

// add adds a row.
func (in *insert) add(values ...any) error {
	in.values = append(in.values, values...)
	if len(in.values) < rows*in.columns {
		return nil
	}
	_, err := in.many.Exec(in.values...)
	in.values = in.values[:0]
	return err
}

// flush adds the rows that are left.
func (in *insert) flush() error {
	if len(in.values) == 0 {
		return nil
	}
	_, err := in.tx.Exec(in.statement(len(in.values)/in.columns), in.values...)
	in.values = in.values[:0]
	return err
}

func (in *insert) close() { _ = in.many.Close() }
