package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/repo"
)

// makeRepo writes the dist repository.
func (a *app) makeRepo(ctx context.Context, tags *tagTree) (*repo.Dist, error) {
	a.section("Writing a dist repository of %s", tags.compose.name)
	dist, err := repo.NewGenerator(a.store, a.tree, repo.TagSource{Resolver: a.tags}).Dist(ctx, a.user, repo.DistOptions{
		Tag:       tags.compose.id,
		Arches:    a.cfg.arches,
		Comps:     a.in.comps,
		Selection: repo.Selection{Keys: a.cfg.keys, Unsigned: a.cfg.unsigned, WriteSigned: a.signedCopies},
		Progress: func(p repo.Progress) {
			a.progress(p.Arch+" "+string(p.Step), p.Done, p.Total, "rpms")
		},
	})
	if err != nil {
		return nil, err
	}
	if dist.Unfinished != nil {
		return nil, dist.Unfinished
	}
	headings := []string{"ARCH", "RPMS"}
	for _, k := range a.cfg.keys {
		headings = append(headings, "KEY "+k)
	}
	headings = append(headings, "NO WANTED KEY")
	var rows [][]string
	for _, arch := range dist.Arches {
		row := []string{arch.Arch, fmt.Sprint(len(arch.Packages))}
		for _, k := range a.cfg.keys {
			n := 0
			for _, s := range arch.Packages {
				if s.Signed && s.Key == k {
					n++
				}
			}
			row = append(row, fmt.Sprint(n))
		}
		fate := ""
		if len(arch.Unsigned) > 0 && a.cfg.unsigned == repo.SkipUnsigned {
			fate = ", left out"
		}
		rows = append(rows, append(row, fmt.Sprint(len(arch.Unsigned))+fate))
	}
	a.table(headings, rows)
	for _, arch := range dist.Arches {
		for _, u := range arch.Unsigned {
			if a.cfg.unsigned == repo.SkipUnsigned {
				a.printf("left out of %s: %s, which no wanted key has signed\n", arch.Arch, u.NVRA)
			}
		}
		for _, w := range arch.Warnings {
			a.printf("warning: %v\n", w)
		}
	}
	return dist, nil
}

// signedCopies makes sure that the copies which a repository may take are there:
// an rpm that came signed has its file, but no signed copy yet.
func (a *app) signedCopies(ctx context.Context, rpm koji.RPMID, key string) error {
	_, err := a.tracker.WriteSigned(ctx, rpm, key, false)
	return err
}

// showClient tells how to use the repository, and uses it if dnf is there.
func (a *app) showClient(ctx context.Context, dist *repo.Dist) error {
	keys, err := a.exportKeys()
	if err != nil {
		return err
	}
	top, err := filepath.Abs(a.cfg.out)
	if err != nil {
		return err
	}
	a.section("Using it")
	a.printf("%s\n", filepath.Join(top, dist.Path))
	a.printf("%s names it until there is a newer one\n\n", filepath.Join(top, dist.Latest))
	arch := dist.Arches[0].Arch
	a.printf("[quickstart]\nname=kojikit quickstart\nbaseurl=%s\n", fileURL(filepath.Join(top, dist.Latest, arch)))
	if len(keys) > 0 {
		a.printf("gpgcheck=1\ngpgkey=%s\n", strings.Join(keys, " "))
	} else {
		a.printf("gpgcheck=1\ngpgkey=URL of the keys' public halves\n")
	}
	a.repoquery(ctx, top, dist, arch)
	return ctx.Err()
}

// exportKeys writes testdata's public keys beside the packages and returns their
// URLs.
func (a *app) exportKeys() ([]string, error) {
	if a.in.own {
		return nil, nil
	}
	list, err := fs.Glob(testdata, "testdata/keys/*.asc")
	if err != nil {
		return nil, err
	}
	var urls []string
	for _, name := range list {
		content, err := testdata.ReadFile(name)
		if err != nil {
			return nil, err
		}
		target := "keys/" + filepath.Base(name)
		if err := a.tree.WriteFile(target, content); err != nil {
			return nil, err
		}
		full, err := filepath.Abs(filepath.Join(a.cfg.out, target))
		if err != nil {
			return nil, err
		}
		urls = append(urls, fileURL(full))
	}
	return urls, nil
}

// fileURL escapes also what separates the items of a list or begins a variable in
// the configuration of dnf.
func fileURL(path string) string {
	return "file://" + strings.NewReplacer("%2F", "/", "$", "%24").Replace(url.PathEscape(path))
}

// repoquery lets dnf list the repository, with nothing of the host's
// configuration and leaving nothing behind. The repository is good without that,
// so failures are only told.
func (a *app) repoquery(ctx context.Context, top string, dist *repo.Dist, arch string) {
	dnf, err := exec.LookPath("dnf")
	switch {
	case err != nil:
		a.printf("\ndnf is not installed here, so nobody has tried.\n")
		return
	case arch == "src":
		a.printf("\nNobody has tried: dnf does not run on the architecture src.\n")
		return
	}
	found, err := listWithDNF(ctx, dnf, fileURL(filepath.Join(top, dist.Latest, arch)), arch)
	if err != nil {
		a.printf("\ndnf could not list it: %s\n", oneLine(err))
		return
	}
	a.printf("\nWhat dnf repoquery finds in it: %s\n", count(len(found), "package"))
	const most = 12
	for _, name := range found[:min(most, len(found))] {
		a.printf("  %s\n", name)
	}
	if len(found) > most {
		a.printf("  and %d more\n", len(found)-most)
	}
}

// listWithDNF returns what dnf finds in the repository at a URL.
func listWithDNF(ctx context.Context, dnf, repo, arch string) ([]string, error) {
	work, err := os.MkdirTemp("", "kojikit-dnf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	conf := filepath.Join(work, "dnf.conf")
	if err := errors.Join(os.WriteFile(conf, nil, 0o600), os.Mkdir(filepath.Join(work, "log"), 0o700)); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, dnf, "--quiet", "--noplugins", "--config="+conf,
		"--installroot="+filepath.Join(work, "root"), "--releasever=1", "--forcearch="+arch,
		"--setopt=reposdir="+work, "--setopt=cachedir="+filepath.Join(work, "cache"),
		"--setopt=logdir="+filepath.Join(work, "log"), "--setopt=persistdir="+filepath.Join(work, "persist"),
		"--repofrompath=quickstart,"+repo, "--repo=quickstart",
		"repoquery", "--queryformat=%{name}-%{evr}.%{arch}")
	cmd.Env = append(os.Environ(), "HOME="+work)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, err
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return found, nil
}
