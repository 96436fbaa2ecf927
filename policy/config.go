package policy

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Config is what the configuration files of a hub say about policies.
type Config struct {
	Texts []Text // by name of the policy

	// Options of section [hub], with Koji's defaults.
	MissingPolicyOk bool // a policy that is not defined allows
	VerbosePolicy   bool // denials quote the rule
	KojiDebug       bool // denials quote the rule, among much else
}

// Options returns the options of a set that the configuration asks for.
func (c *Config) Options() Options {
	return Options{DenyMissing: !c.MissingPolicyOk, Verbose: c.VerbosePolicy || c.KojiDebug}
}

// HubFiles returns the configuration files of a hub in the order in which they
// are read: the files *.conf of the directory dir sorted by name, then primary.
// A later file overrides an earlier one. Either argument may be empty; what does
// not exist is left out.
func HubFiles(fsys fs.FS, primary, dir string) ([]string, error) {
	var names []string
	if dir != "" {
		list, err := fs.Glob(fsys, path.Join(escapeGlob(dir), "*.conf"))
		if err != nil {
			return nil, err
		}
		slices.Sort(list)
		names = list
	}
	if primary != "" {
		if _, err := fs.Stat(fsys, primary); err == nil {
			names = append(names, primary)
		}
	}
	return names, nil
}

// escapeGlob makes a pattern of package path that matches only name.
func escapeGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// ReadConfig reads configuration files of a hub, such as hub.conf, in the order
// given. The format is that of Python's RawConfigParser. Each option of section
// [policy] is one policy; a later definition replaces an earlier one whole. Options
// of the section [DEFAULT] count as policies too, as they do in Koji.
//
// With a fatal issue the configuration holds what could be read.
func ReadConfig(fsys fs.FS, names ...string) (*Config, Issues) {
	c := &Config{MissingPolicyOk: true}
	var issues Issues
	policies := make(map[string]*iniOption)
	inherited := make(map[string]*iniOption)
	hasSection := false
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			issues = append(issues, Compatible.issue(CodeINI, "", Range{File: name}, nil, "cannot read the file: "+err.Error(), ""))
			continue
		}
		file, found := readINI(name, string(content))
		issues = append(issues, found...)
		if s := file["policy"]; s != nil {
			hasSection = true
			s.collect(policies)
		}
		if s := file[defaultSection]; s != nil {
			s.collect(inherited)
		}
		if s := file["hub"]; s != nil {
			issues = append(issues, c.readOptions(s)...)
		}
	}
	if hasSection {
		for name, o := range inherited {
			if policies[name] == nil {
				policies[name] = o
			}
		}
	}
	for name, o := range policies {
		c.Texts = append(c.Texts, o.text(name))
	}
	slices.SortFunc(c.Texts, func(a, b Text) int { return strings.Compare(a.Name, b.Name) })
	return c, issues
}

func (s *iniSection) collect(into map[string]*iniOption) {
	for _, o := range s.list {
		into[o.name] = o
	}
}

// text returns the value as the text of a policy.
func (o *iniOption) text(name string) Text {
	return Text{Name: name, File: o.at.File, Body: o.value(), lines: o.lines}
}

func (c *Config) readOptions(s *iniSection) Issues {
	var issues Issues
	for name, into := range map[string]*bool{
		"missingpolicyok": &c.MissingPolicyOk,
		"verbosepolicy":   &c.VerbosePolicy,
		"kojidebug":       &c.KojiDebug,
	} {
		o := s.byName[name]
		if o == nil {
			continue
		}
		value, ok := parseBool(o.value())
		if !ok {
			issues = append(issues, Compatible.issue(CodeINI, "", o.at, nil,
				"option "+quote(o.name)+" is not a boolean: "+quote(o.value()), "write true or false"))
			continue
		}
		*into = value
	}
	issues.sort()
	return issues
}

// parseBool reads the booleans of RawConfigParser.
func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "yes", "true", "on":
		return true, true
	case "0", "no", "false", "off":
		return false, true
	}
	return false, false
}
