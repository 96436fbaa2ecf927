package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kojikit/kojikit/policy"
)

// hostFiles is a file system of the files that the command line names, wherever
// they are.
type hostFiles struct{}

// Open opens a file by its path.
func (hostFiles) Open(name string) (fs.File, error) { return os.Open(name) }

// configFiles returns the configuration files in the order in which they are read.
func configFiles(o *options) ([]string, error) {
	var names []string
	if o.configDir != "" {
		files, err := policy.HubFiles(os.DirFS(o.configDir), "", ".")
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			names = append(names, filepath.Join(o.configDir, name))
		}
	}
	return append(names, o.configs...), nil
}

// rewrite lays out the policies in files. Files with fatal problems stay as they
// are.
func rewrite(names []string) error {
	for _, name := range names {
		before, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		after, _ := policy.FormatConfig(name, string(before))
		if after == string(before) {
			continue
		}
		if err := replace(name, after); err != nil {
			return err
		}
	}
	return nil
}

// replace puts a new file in the place of another, which is there whole until then.
func replace(name, content string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(name), ".policycheck")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already if all went well
	_, err = file.WriteString(content)
	if err == nil {
		err = file.Chmod(info.Mode())
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
