package tabledump_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/tabledump"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
)

const dump = `{
	"users": {"columns": ["id", "name", "status", "usertype", "unknown"], "rows": [[7, "releng", 0, 0, {}]]},
	"tag": {"columns": ["id", "name"], "rows": [[100, "f40"]]},
	"tag_config": {
		"columns": ["tag_id", "arches", "perm_id", "create_event", "revoke_event", "creator_id", "active"],
		"rows": [[100, "x86_64", null, 3, 5, 7, null], [100, "", 1, 5, null, 7, true]]
	},
	"build": {
		"columns": ["id", "volume_id", "pkg_id", "version", "release", "create_event", "completion_time", "state", "owner"],
		"rows": [[9, 0, 2, "1", "1", 3, "2024-01-02 00:00:07.250000+00:00", 1, 7]]
	},
	"package": {"columns": ["id", "name"], "rows": [[2, "bash"]]},
	"no_such_table": {"columns": ["id"], "rows": [[1]]},
	"events": [3, 5]
}`

func TestOpen(t *testing.T) {
	ctx := t.Context()
	var tables tabledump.Tables
	require.NoError(t, json.Unmarshal([]byte(dump), &tables))
	store, err := tabledump.Open(ctx, tables)
	require.NoError(t, err)
	require.NoError(t, store.View(ctx, func(tx *storage.Tx) error {
		past, err := tx.TagConfigs().Get(ctx, 3, storage.TagConfigFilter{})
		require.NoError(t, err)
		require.Equal(t, storage.Null("x86_64"), past.Arches)
		now, err := tx.TagConfigs().Get(ctx, koji.Now, storage.TagConfigFilter{})
		require.NoError(t, err)
		require.Equal(t, storage.Null(koji.PermissionID(1)), now.Permission)
		b, err := tx.Builds().Get(ctx, storage.BuildFilter{})
		require.NoError(t, err)
		require.Equal(t, storage.Null(time.Date(2024, 1, 2, 0, 0, 7, 250000000, time.UTC)), b.CompletionTime)
		e, err := tx.Events().Get(ctx, storage.EventFilter{ID: storage.Is(koji.EventID(5))})
		require.Equal(t, time.Date(2024, 1, 1, 0, 5, 0, 0, time.UTC), e.Time.UTC())
		return err
	}))
}

func TestOpenRefuses(t *testing.T) {
	for _, text := range []string{
		`{"tag": {"columns": ["id", "name"], "rows": [["x", "f40"]]}}`,
		`{"tag": {"columns": ["id", "name"], "rows": [[1, "f40"], [1, "f41"]]}}`,
		`{"build": {"columns": ["completion_time"], "rows": [["noon"]]}}`,
	} {
		var tables tabledump.Tables
		require.NoError(t, json.Unmarshal([]byte(text), &tables))
		_, err := tabledump.Open(t.Context(), tables)
		require.ErrorContains(t, err, "table ")
	}
	for _, text := range []string{`[]`, `{"events": 1}`, `{"tag": 1}`} {
		require.Error(t, json.Unmarshal([]byte(text), new(tabledump.Tables)))
	}
}
