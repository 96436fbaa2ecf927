package storage_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/storage"
)

// The facts in testdata are the rows of a database that Koji made: table, id and
// the rest, but for the descriptions of permissions, which are our own.
func TestSeedIsThatOfKoji(t *testing.T) {
	data, err := os.ReadFile("testdata/seed.txt")
	require.NoError(t, err)
	var got []string
	require.NoError(t, storage.Seed(func(_ *storage.Kind, row any) error {
		var fields []any
		switch r := row.(type) {
		case *storage.Volume:
			fields = []any{"volume", r.ID, r.Name}
		case *storage.ExternalRepo:
			fields = []any{"external_repo", r.ID, r.Name}
		case *storage.Permission:
			fields = []any{"permissions", r.ID, r.Name}
			require.NotEmpty(t, r.Description.V)
		case *storage.Channel:
			fields = []any{"channels", r.ID, r.Name}
			require.Equal(t, storage.Channel{ID: r.ID, Name: r.Name, Enabled: true}, *r)
		case *storage.ArchiveType:
			fields = []any{"archivetypes", r.ID, r.Name, r.Description, r.Extensions, r.Compression.V}
			require.Equal(t, r.Compression.V != "", r.Compression.Valid)
		case *storage.BType:
			fields = []any{"btype", r.ID, r.Name}
		case *storage.Lock:
			fields = []any{"locks", r.Name}
		default:
			return fmt.Errorf("no rows of Koji's are a %T", row)
		}
		var line []string
		for _, f := range fields {
			line = append(line, fmt.Sprint(f))
		}
		got = append(got, strings.Join(line, "\t"))
		return nil
	}))
	want := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}
