package comps

// Comps is a comps document: groups of packages, and what is made of groups.
type Comps struct {
	// Comment is written before everything else, to tell people where the document
	// comes from. Reading leaves it empty.
	Comment string

	Groups       []Group
	Environments []Environment
	Categories   []Category
	Langpacks    []Langpack
	Blacklist    []BlockedPackage
	Whiteout     []IgnoredDependency
}

// Group is packages that are installed together.
type Group struct {
	ID                string
	Name, Description Text
	Default           bool   // installed unless somebody says otherwise
	UserVisible       bool   // offered to people; true if the document does not say
	BiarchOnly        bool   // only for systems that run programs of two archs
	LangOnly          string // only for systems in this language
	DisplayOrder      *int   // nil for none
	Arch              string // only for systems of these archs, separated by blanks

	Packages   []Package
	Groups     []Requirement // groups that belong to this one
	Expansions []Expansion   // what is written of them instead; see [FromGroups]
}

// Package is a package of a group.
type Package struct {
	Name         string
	Type         string // mandatory, default, optional, conditional, or empty
	Requires     string // package without which a conditional one is left out
	BaseArchOnly bool
	Arch         string // as that of a [Group]
}

// Requirement is a group that belongs to another one.
type Requirement struct {
	ID          string
	Type        string // as that of a [Package]
	MetaPackage bool   // shown to people as a package of the group
}

// Expansion is the packages that a group has because of another one. They are
// written as packages of the group, after a comment that tells whose they are;
// reading makes no difference between them and others.
type Expansion struct {
	ID       string // of the other group
	Missing  bool   // there is no such group; only the comment is written
	Packages []Package
}

// Environment is groups that together make a system.
type Environment struct {
	ID                string
	Name, Description Text
	DisplayOrder      *int   // nil for none
	Arch              string // as that of a [Group]
	Groups            []GroupID
	Options           []GroupID
}

// Category is groups of one subject.
type Category struct {
	ID                string
	Name, Description Text
	DisplayOrder      *int   // nil for none
	Arch              string // as that of a [Group]
	Groups            []GroupID
}

// GroupID is a group in an [Environment] or a [Category].
type GroupID struct {
	ID      string
	Default bool   // of an option, that it is chosen unless somebody says otherwise
	Arch    string // as that of a [Group]
}

// Text is text for people, with its translations.
type Text struct {
	Value        string
	Translations []Translation
}

// String returns the text that is not a translation.
func (t Text) String() string { return t.Value }

// Translation is text in another language.
type Translation struct {
	Lang, Value string
}

// Langpack says that who has a package and a language wants another package.
type Langpack struct {
	Name    string // of the package
	Install string // name of the other, with %s in the place of the language
}

// BlockedPackage is a package that is never to be installed.
type BlockedPackage struct {
	Name, Arch string // Arch is empty for all
}

// IgnoredDependency is a dependency that does not count.
type IgnoredDependency struct {
	Package, Requires string
}
