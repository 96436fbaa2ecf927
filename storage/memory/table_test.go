package memory

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

// userKind is the kind of users, with a unique rule over a nullable column.
func userKind(t *testing.T) *storage.Kind {
	t.Helper()
	for _, k := range storage.Kinds() {
		if k.Table == "users" {
			changed := *k
			changed.Unique = []storage.Unique{{Columns: []string{"status", "password"}}}
			return &changed
		}
	}
	require.Fail(t, "no users")
	return nil
}

func TestNullsAreExemptFromUniqueRules(t *testing.T) {
	tab := newTable(newLayout(userKind(t), 0))
	for i := range 3 {
		require.NoError(t, tab.insert(rowOf(&storage.User{ID: koji.UserID(i + 1)})))
	}
	require.NoError(t, tab.insert(rowOf(&storage.User{ID: 4, Password: storage.Null("a")})))
	require.ErrorIs(t, tab.clone().insert(rowOf(&storage.User{ID: 5, Password: storage.Null("a")})), koji.ErrExists)

	// The rule does not hold every row, so rows must not be looked for there.
	n, err := tab.count(t.Context(), storage.Query{Where: []storage.Cond{
		{Column: "status", Op: storage.OpIn, Values: []any{koji.UserActive}},
	}})
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

func TestCopiesOfTablesAreIndependent(t *testing.T) {
	tab := newTable(newLayout(userKind(t), 0))
	require.NoError(t, tab.insert(rowOf(&storage.User{ID: 1, Name: "old"})))
	changed := tab.clone()
	require.NoError(t, changed.update(rowOf(&storage.User{ID: 1, Name: "new", Password: sql.Null[string]{}})))
	require.NoError(t, changed.insert(rowOf(&storage.User{ID: 2})))
	for want, tab := range map[string]*table{"old": tab, "new": changed} {
		require.NoError(t, tab.query(t.Context(), storage.Query{Limit: 1}, func(r row) bool {
			require.Equal(t, want, tab.record(r).(*storage.User).Name)
			return true
		}))
	}
	require.EqualValues(t, 1, tab.serial)
	require.EqualValues(t, 2, changed.serial)
}
