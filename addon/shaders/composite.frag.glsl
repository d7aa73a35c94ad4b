/* Lay the splats' own picture (premultiplied sRGB) over what is there, which Blender holds in linear light.
 * With a background (sRGB, w = 1) the two are mixed here, in sRGB, and the result is opaque. */

vec3 to_linear(vec3 c)
{
  c = max(c, vec3(0.0));
  return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(vec3(0.04045), c));
}

void main()
{
  vec4 own = texelFetch(picture_tx, ivec2(gl_FragCoord.xy) - ivec2(target.origin.xy), 0);
  own += (1.0 - own.a) * target.background.w * vec4(target.background.rgb, 1.0);
  if (own.a <= 0.0) {
    discard;
  }
  out_color = vec4(to_linear(own.rgb / own.a) * own.a, own.a);
}
