# How a Debian package is put together. Sourced by tools/make-deb; packaging/debian/PACKAGE/contents uses these functions.

# begin PACKAGE: an empty tree, for what its contents put there.
begin() {
    package=$1
    parts=$root/packaging/debian/$package
    tree=$work/$package
    # What the package needs beside what control.in says.
    dependencies=
    built_using=
    mkdir -p "$tree"
    chmod 755 "$tree"
}

# put FILE PLACE: as plain file; put_zipped: compressed; put_program: to be executed.
put() { install -D -m 644 "$1" "$tree/$2"; }
put_zipped() { mkdir -p "$(dirname "$tree/$2")" && gzip -9n <"$1" >"$tree/$2" && chmod 644 "$tree/$2"; }
put_program() { install -D -m 755 "$1" "$tree/$2"; }

# put_object FILE PLACE: a shared object, without what only a debugger reads; the package needs the C library that it needs.
put_object() {
    local least
    put "$1" "$2"
    strip --remove-section=.comment --remove-section=.note --strip-unneeded "$tree/$2"
    least=$(objdump -T "$tree/$2" | sed -n 's/.*GLIBC_\([0-9][0-9.]*\).*/\1/p' | sort -V | tail -n 1)
    need_package "libc6${least:+ (>= $least)}"
}

# need_package TEXT: one more package that this one depends on.
need_package() { dependencies=${dependencies:+$dependencies, }$1; }

# put_documents COPYRIGHT: what every package has in its folder of documents.
put_documents() {
    put_zipped "$root/packaging/debian/changelog" "usr/share/doc/$package/changelog.gz"
    put "$1" "usr/share/doc/$package/copyright"
    if [ -f "$parts/lintian-overrides" ]; then put "$parts/lintian-overrides" "usr/share/lintian/overrides/$package"; fi
}

# finish: makes the package of the tree, and prints its path.
finish() {
    local script part size kind file
    mkdir "$tree/DEBIAN"
    for script in postinst prerm postrm; do
        if [ -f "$parts/$script" ]; then
            sed -e "s/@PHP@/${php_version:-}/g" "$parts/$script" >"$tree/DEBIAN/$script"
            chmod 755 "$tree/DEBIAN/$script"
        fi
    done
    for part in conffiles triggers shlibs symbols; do
        for file in "$parts/$part" "$work/$package.$part"; do
            if [ -f "$file" ]; then install -m 644 "$file" "$tree/DEBIAN/$part"; fi
        done
    done
    size=$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f 1)
    sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@MAINTAINER@/$maintainer/" -e "s/@SIZE@/$size/" \
        -e "s/@BUILT_USING@/$built_using/" -e "s/@DEPENDS@/$dependencies/" "$parts/control.in" >"$tree/DEBIAN/control"
    (cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
    kind=$(sed -n 's/^Architecture: //p' "$tree/DEBIAN/control")
    mkdir -p "$output"
    file=$output/${package}_${version}_$kind.deb
    dpkg-deb --root-owner-group -Zxz "-z${FLOM_DEB_LEVEL:-6}" --build "$tree" "$file" >/dev/null
    echo "$file"
}
