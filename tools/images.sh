#!/usr/bin/env bash
# Build and push an image a function, for cloudbuild.yaml: tools/images.sh REGISTRY TAG function=[NAME]
# built/NAME is then the pushed image by its digest.
set -euo pipefail
registry=$1 tag=$2 only=${3#function=}

cd "$(dirname "$0")/.."
mkdir -p built
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s nullglob
found=(functions/*/function.yaml)
[ -z "$only" ] || found=("functions/$only/function.yaml")
if [ ! -f "${found[0]:-}" ]; then
  echo "there is no functions/${only:-*}/function.yaml" >&2
  exit 1
fi

# The docker-container driver: the default one can export neither a registry cache of every stage nor attestations.
# Docker Hub's mirror has no limit of downloads per address, and Cloud Build's addresses are shared.
printf '[registry."docker.io"]\n  mirrors = ["mirror.gcr.io"]\n' >"$work/buildkitd.toml"
docker buildx create --name augure --driver docker-container --driver-opt image=moby/buildkit:v0.22.0 \
  --config "$work/buildkitd.toml"

for file in "${found[@]}"; do
  name=$(basename "$(dirname "$file")")
  target=()
  if grep -q '^kind: *"\?app\b' "$file"; then target=(--target app); fi
  docker buildx build . "${target[@]}" --builder augure --platform linux/amd64 --build-arg "FUNCTION=$name" \
    --tag "$registry/$name:$tag" --push --provenance mode=max --metadata-file "$work/metadata.json" \
    --cache-from "type=registry,ref=$registry/$name:cache" \
    --cache-to "type=registry,ref=$registry/$name:cache,mode=max,image-manifest=true,oci-mediatypes=true"
  digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]\{64\}\)".*/\1/p' "$work/metadata.json")
  if [ -z "$digest" ]; then
    echo "docker has named no digest for $name" >&2
    exit 1
  fi
  # An image whose attestation was lost on the way must not be deployed.
  docker buildx imagetools inspect "$registry/$name@$digest" --format '{{json .Provenance}}' | grep SLSA >/dev/null
  echo "$registry/$name@$digest" >"built/$name"
  echo "built/$name: $registry/$name@$digest"
done
