package tag_test

import (
	"database/sql"
	"encoding/json"
	"strconv"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/tag"
)

func (s step) target() (id koji.TargetID, name string, buildTag, destTag koji.TagID) {
	var args struct {
		Name            string
		BuildTargetInfo koji.TargetID
		BuildTag        ref `json:"build_tag"`
		DestTag         ref `json:"dest_tag"`
	}
	s.args(&args)
	buildTag, err := s.tag(args.BuildTag)
	require.NoError(s.t, err)
	destTag, err = s.tag(args.DestTag)
	require.NoError(s.t, err)
	return args.BuildTargetInfo, args.Name, buildTag, destTag
}

func (s step) createTarget() error {
	_, name, buildTag, destTag := s.target()
	_, err := s.edit().CreateTarget(s.ctx, name, buildTag, destTag)
	return err
}

func (s step) editTarget() error {
	id, name, buildTag, destTag := s.target()
	return s.edit().EditTarget(s.ctx, id, name, buildTag, destTag)
}

func (s step) deleteTarget() error {
	id, _, _, _ := s.target()
	return s.edit().DeleteTarget(s.ctx, id)
}

type externalRepoArgs struct {
	Info koji.ExternalRepoID
	Name string
	URL  string
}

func (s step) createExternalRepo() error {
	var args externalRepoArgs
	s.args(&args)
	id, err := s.edit().CreateExternalRepo(s.ctx, args.Name, args.URL)
	if err != nil {
		return err
	}
	config, err := s.tx.ExternalRepoConfigs().Get(s.ctx, koji.Now, storage.ExternalRepoConfigFilter{ExternalRepo: storage.Is(id)})
	*s.result = map[string]any{"id": id, "name": args.Name, "url": config.URL}
	return err
}

func (s step) editExternalRepo() error {
	var args externalRepoArgs
	s.args(&args)
	return s.edit().EditExternalRepo(s.ctx, args.Info, args.Name, args.URL)
}

func (s step) deleteExternalRepo() error {
	var args externalRepoArgs
	s.args(&args)
	return s.edit().DeleteExternalRepo(s.ctx, args.Info)
}

type repoUseArgs struct {
	TagInfo   ref                 `json:"tag_info"`
	RepoInfo  koji.ExternalRepoID `json:"repo_info"`
	Priority  json.RawMessage
	MergeMode *string `json:"merge_mode"`
	Arches    *string
}

func (s step) repoUse() (args repoUseArgs, id koji.TagID) {
	s.args(&args)
	id, err := s.tag(args.TagInfo)
	require.NoError(s.t, err)
	return args, id
}

// priority reads a number, which may be sent as a string.
func priority(text json.RawMessage) (int, error) {
	var s string
	if json.Unmarshal(text, &s) != nil {
		s = string(text)
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, koji.Errorf(koji.ErrInvalid, koji.FaultParameter, "priority %s: %w", text, err)
	}
	return n, nil
}

func (s step) addExternalRepoToTag() error {
	args, id := s.repoUse()
	n, err := priority(args.Priority)
	if err != nil {
		return err
	}
	use := tag.ExternalRepoUse{Priority: n}
	if args.MergeMode != nil {
		use.MergeMode = *args.MergeMode
	}
	if args.Arches != nil {
		use.Arches = sql.Null[string]{V: *args.Arches, Valid: true}
	}
	return s.edit().AddExternalRepoToTag(s.ctx, id, args.RepoInfo, use)
}

func (s step) editTagExternalRepo() error {
	args, id := s.repoUse()
	c := tag.ExternalRepoChanges{MergeMode: args.MergeMode, Arches: args.Arches}
	if args.Priority != nil {
		n, err := priority(args.Priority)
		if err != nil {
			return err
		}
		c.Priority = &n
	}
	changed, err := s.edit().EditTagExternalRepo(s.ctx, id, args.RepoInfo, c)
	*s.result = changed
	return err
}

func (s step) removeExternalRepoFromTag() error {
	args, id := s.repoUse()
	return s.edit().RemoveExternalRepoFromTag(s.ctx, id, args.RepoInfo)
}
