#!/usr/bin/env bash
# Build and push one image per function, for cloudbuild.yaml: tools/images.sh REGISTRY TAG function=[NAME]
# Writes each pushed image, by digest, to built/NAME.
set -euo pipefail
registry=$1 tag=$2 only=${3#function=}

# The language of the terminal, by the rule of shared/terminal.py.
say() {
  case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
    fr | fr[_.]*) echo "$1" ;;
    *) echo "$2" ;;
  esac
}

cd "$(dirname "$0")/.."
mkdir -p built
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s nullglob
files=(functions/*/function.yaml)
[ -z "$only" ] || files=("functions/$only/function.yaml")
if [ ! -f "${files[0]:-}" ]; then
  say "functions/${only:-*}/function.yaml n'existe pas" "there is no functions/${only:-*}/function.yaml" >&2
  exit 1
fi

# The docker-container driver, because the default one exports neither a cache of every stage nor attestations.
# The mirror of Docker Hub, because it has no rate limit per address, and Cloud Build's addresses are shared.
printf '[registry."docker.io"]\n  mirrors = ["mirror.gcr.io"]\n' >"$work/buildkitd.toml"
docker buildx create --name augure --driver docker-container --driver-opt image=moby/buildkit:v0.22.0 \
  --config "$work/buildkitd.toml"

for file in "${files[@]}"; do
  name=$(basename "$(dirname "$file")")
  target=()
  if grep -q '^kind: *"\?app\b' "$file"; then target=(--target app); fi
  docker buildx build . "${target[@]}" --builder augure --platform linux/amd64 --build-arg "FUNCTION=$name" \
    --tag "$registry/$name:$tag" --push --provenance mode=max --metadata-file "$work/metadata.json" \
    --cache-from "type=registry,ref=$registry/$name:cache" \
    --cache-to "type=registry,ref=$registry/$name:cache,mode=max,image-manifest=true,oci-mediatypes=true"
  digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$work/metadata.json")
  if [ -z "$digest" ]; then
    say "docker n'a pas donné d'empreinte pour $name" "docker has named no digest for $name" >&2
    exit 1
  fi
  # An image without its attestation must not be deployed.
  docker buildx imagetools inspect "$registry/$name@$digest" --format '{{json .Provenance}}' | grep SLSA >/dev/null
  echo "$registry/$name@$digest" >"built/$name"
  echo "built/$name: $registry/$name@$digest"
done
