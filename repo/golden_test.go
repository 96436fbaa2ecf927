package repo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/golden"
	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo"
)

// distInput is the state in which the reference selected rpms.
type distInput struct {
	Topdir string
	Builds []struct {
		ID                                  koji.BuildID
		Name, Version, Release, NVR, Volume string
		VolumeName                          string `json:"volume_name"`
		Draft                               bool
	}
	RPMs []struct {
		ID                           koji.RPMID
		BuildID                      koji.BuildID `json:"build_id"`
		Name, Version, Release, Arch string
		Epoch                        *int
		SigKeys                      []string
	}
	RowOrder      [][2]any     `json:"row_order"`
	MissingFiles  []string     `json:"missing_files"` // below the topdir
	WriteFailures []koji.RPMID `json:"write_failures"`
}

// candidates returns the input's rpms of some architectures.
func (in *distInput) candidates(arches []string) []repo.Candidate {
	var list []repo.Candidate
	for _, r := range in.RPMs {
		if !slices.Contains(arches, r.Arch) {
			continue
		}
		c := repo.Candidate{
			ID:   r.ID,
			NVRA: koji.NVRA{NVR: koji.NVR{Name: r.Name, Version: r.Version, Release: r.Release}, Arch: r.Arch},
		}
		for _, row := range in.RowOrder {
			if id, _ := row[0].(json.Number).Int64(); koji.RPMID(id) == r.ID && row[1] != nil {
				c.SigKeys = append(c.SigKeys, row[1].(string))
			}
		}
		for _, b := range in.Builds {
			if b.ID == r.BuildID {
				c.Build = koji.NVR{Name: b.Name, Version: b.Version, Release: b.Release}
				c.Volume, c.Draft = b.VolumeName, b.Draft
			}
		}
		list = append(list, c)
	}
	return list
}

// listedFiles answers that all files are there but the listed ones.
type listedFiles []string

func (f listedFiles) Missing(_ context.Context, paths []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return !slices.Contains(f, p) }), nil
}

// later lists the calls of the area that this package does not answer yet. They
// are counted, and shown as not run.
var later = []string{
	"choose_taskarch", "convert_repo_opts", "distRepo", "dist_biarch", "dist_compat_arches", "dist_multilib_arch",
	"generate_comps", "getArchList", "get_repo_opts", "make_groups_spec", "merge_repos", "multilib_select", "repoInit",
}

var errLater = errors.New("not in this package yet")

func TestGolden(t *testing.T) {
	notRun := 0
	deviations := []golden.Deviation{{
		Reason: errLater.Error(),
		When:   func(_ *golden.Case, q *golden.Query) bool { return slices.Contains(later, q.Call) },
	}}
	if os.Getenv("KOJIKIT_GOLDEN") == "" {
		deviations = nil // the cases of this package have none of them
	}
	golden.Run(t, "repos", func(t testing.TB, c *golden.Case) golden.Calls {
		var in distInput
		calls := golden.Calls{
			"pick_key": func(q *golden.Query) (any, error) {
				var args struct {
					Keys      []string
					AvailKeys []string `json:"avail_keys"`
				}
				q.Args(&args)
				key, ok := repo.PickKey(args.Keys, args.AvailKeys)
				return orNull(key, ok), nil
			},
			"get_rpms": func(q *golden.Query) (any, error) {
				c.Input(&in)
				return getRPMs(t.Context(), &in, q)
			},
		}
		for _, name := range later {
			calls[name] = func(*golden.Query) (any, error) {
				notRun++
				return nil, errLater
			}
		}
		return calls
	}, deviations...)
	fmt.Printf("golden repos: %d queries not run\n", notRun)
}

// getRPMs asks [repo.Selection] what the reference's builder was asked.
func getRPMs(ctx context.Context, in *distInput, q *golden.Query) (any, error) {
	var args struct {
		Tag, Arch string
		Keys      []string
		Opts      struct {
			Event           *int
			Latest, Inherit bool
			Allow           bool `json:"allow_missing_signatures"`
			Skip            bool `json:"skip_missing_signatures"`
			Write           bool `json:"write_signed_rpms"`
			Split           bool `json:"split_debuginfo"`
		}
	}
	q.Args(&args)
	type signed [2]any // rpm id and key
	written := []signed{}
	s := repo.Selection{Keys: args.Keys, SplitDebuginfo: args.Opts.Split}
	switch {
	case args.Opts.Skip:
		s.Unsigned = repo.SkipUnsigned
	case args.Opts.Allow:
		s.Unsigned = repo.AllowUnsigned
	}
	if args.Opts.Write {
		s.WriteSigned = func(_ context.Context, rpm koji.RPMID, key string) error {
			written = append(written, signed{rpm, key})
			if slices.Contains(in.WriteFailures, rpm) {
				return errors.New("the copy cannot be written")
			}
			return nil
		}
	}
	arches := koji.RepoArches(args.Arch)
	var gone listedFiles
	for _, name := range in.MissingFiles {
		gone = append(gone, in.Topdir+"/"+name)
	}
	chosen, unsigned, err := s.Select(ctx, in.candidates(arches), koji.PathInfo{Topdir: in.Topdir}, gone)

	also := map[string]any{"hub_arches_asked": arches, "missing_files": []string{}}
	if args.Opts.Write {
		also["write_signed"] = written
	}
	list := []any{}
	for _, r := range unsigned {
		list = append(list, []any{r.NVRA.String(), r.SigKeys})
	}
	also["missing_signatures"] = list
	var missing *repo.MissingFilesError
	if errors.As(err, &missing) {
		also["missing_files"] = missing.Paths
	}
	checkAlso(q, also)
	if err != nil {
		return nil, err
	}
	return selectionRows(chosen), nil
}

// checkAlso compares what the vectors say besides the answer, as far as they do.
func checkAlso(q *golden.Query, got map[string]any) {
	var want map[string]any
	q.Member("also", &want)
	for name := range got {
		if _, said := want[name]; !said {
			delete(got, name)
		}
	}
	q.Check("also", got)
}

// selectionRows renders a selection as the vectors do.
func selectionRows(chosen []repo.Selected) any {
	packages := []any{}
	lists := map[string][]string{"": {}}
	for _, s := range chosen {
		file := s.NVRA.Filename()
		packages = append(packages, []any{file, s.ID, orNull(s.Key, s.Signed), s.Path, orNull(s.Subrepo, s.Subrepo != "")})
		prefix := ""
		if s.Subrepo != "" {
			prefix = "../"
		}
		first, _ := utf8.DecodeRuneInString(file)
		lists[s.Subrepo] = append(lists[s.Subrepo], prefix+"Packages/"+string(unicode.ToLower(first))+"/"+file)
	}
	for _, lines := range lists {
		slices.Sort(lines)
	}
	main := lists[""]
	delete(lists, "")
	return map[string]any{"packages": packages, "pkglist": main, "subrepos": lists}
}

func orNull(s string, ok bool) any {
	if !ok {
		return nil
	}
	return s
}

func TestADraftBuildIsRefused(t *testing.T) {
	c := repo.Candidate{
		NVRA:  koji.NVRA{NVR: koji.NVR{Name: "a", Version: "1", Release: "1"}, Arch: "noarch"},
		Build: koji.NVR{Name: "a", Version: "1", Release: "1,draft_7"}, Volume: koji.DefaultVolume, Draft: true,
	}
	_, _, err := repo.Selection{Unsigned: repo.AllowUnsigned}.Select(t.Context(), []repo.Candidate{c}, koji.PathInfo{Topdir: "."}, listedFiles(nil))
	require.ErrorIs(t, err, koji.ErrInvalid)
	require.Equal(t, koji.FaultBuild, koji.FaultCodeOf(err))
}
