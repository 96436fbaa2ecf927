package gate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/build/gate"
	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/internal/pgtest"
	"github.com/kojikit/kojikit/internal/policygolden"
	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/postgres"
	"github.com/kojikit/kojikit/storage/sqlite"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// stores are the kinds of stores that lookups read.
var stores = map[string]func(testing.TB) *storage.Store{
	"memory": func(testing.TB) *storage.Store { return memory.Open(memory.Options{}) },
	"sqlite": func(t testing.TB) *storage.Store {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "koji.db"), sqlite.Options{})
		require.NoError(t, err)
		return store
	},
	"postgres": func(t testing.TB) *storage.Store { return openPostgres(t, postgres.Options{}) },
}

func openPostgres(t testing.TB, opts postgres.Options) *storage.Store {
	store, err := postgres.Open(t.Context(), pgtest.Database(t), opts)
	require.NoError(t, err)
	return store
}

func TestGolden(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			whole := open(t)
			t.Cleanup(func() { require.NoError(t, whole.Close()) })
			golden.Run(t, "policy", func(t testing.TB, c *golden.Case) golden.Calls {
				var input struct {
					Tables tabledump.Tables
					Tasks  []policygolden.Task
				}
				c.Input(&input)
				if input.Tables.Rows == nil {
					t.Skip("a case of rules, without a database")
				}
				store := sandbox(t, whole)
				input.Tables.Rows["task"] = taskRows(t, input.Tasks)
				require.NoError(t, tabledump.Load(t.Context(), store, input.Tables))
				return policygolden.Calls(t, input.Tasks, func(user *int64) policy.Lookups {
					if user == nil {
						return gate.Over(store, 0)
					}
					return gate.Over(store, koji.UserID(*user))
				})
			})
		})
	}
}

// sandbox returns a store that is one transaction of another, so that a database
// serves many cases: what is written is forgotten when the test is over.
func sandbox(t testing.TB, whole *storage.Store) *storage.Store {
	tx, err := whole.Backend().Begin(t.Context(), true)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tx.Rollback(context.Background())) })
	return storage.New(transaction{whole.Backend(), tx})
}

type transaction struct {
	storage.Backend
	storage.BackendTx
}

func (t transaction) Begin(context.Context, bool) (storage.BackendTx, error) {
	return part{t.BackendTx}, nil
}

// part is a transaction whose end is not that of the whole.
type part struct{ storage.BackendTx }

func (part) Commit(context.Context) error   { return nil }
func (part) Rollback(context.Context) error { return nil }

// taskRows returns tasks as they stand in the database: with encoded requests.
func taskRows(t testing.TB, tasks []policygolden.Task) tabledump.Rows {
	rows := tabledump.Rows{Columns: []string{"id", "method", "request", "owner", "arch", "create_time", "channel_id"}}
	for _, task := range tasks {
		var row []json.RawMessage
		for _, v := range []any{task.ID, task.Method, request(task.Method, task.Request), task.Owner, "noarch", "2024-01-01 00:00:00+00:00", 1} {
			text, err := json.Marshal(v)
			require.NoError(t, err)
			row = append(row, text)
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows
}

// request encodes a call as XML-RPC does.
func request(method string, args []policy.Value) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version='1.0'?>\n<methodCall>\n<methodName>%s</methodName>\n<params>\n", method)
	for _, arg := range args {
		b.WriteString("<param>\n")
		encode(&b, arg)
		b.WriteString("</param>\n")
	}
	b.WriteString("</params>\n</methodCall>\n")
	return b.String()
}

func encode(b *strings.Builder, v policy.Value) {
	b.WriteString("<value>")
	switch v.Kind() {
	case policy.KindNull:
		b.WriteString("<nil/>")
	case policy.KindInt:
		n, _ := v.Int()
		fmt.Fprintf(b, "<int>%d</int>", n)
	case policy.KindBool:
		n := 0
		if v.Truthy() {
			n = 1
		}
		fmt.Fprintf(b, "<boolean>%d</boolean>", n)
	case policy.KindFloat:
		f, _ := v.Float()
		fmt.Fprintf(b, "<double>%g</double>", f)
	case policy.KindList:
		items, _ := v.List()
		b.WriteString("<array><data>\n")
		for _, item := range items {
			encode(b, item)
		}
		b.WriteString("</data></array>")
	case policy.KindMap:
		members, _ := v.Map()
		b.WriteString("<struct>\n")
		for name, member := range members {
			fmt.Fprintf(b, "<member>\n<name>%s</name>\n", escape.Replace(name))
			encode(b, member)
			b.WriteString("</member>\n")
		}
		b.WriteString("</struct>")
	default:
		text, _ := v.Text()
		fmt.Fprintf(b, "<string>%s</string>", escape.Replace(text))
	}
	b.WriteString("</value>\n")
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
