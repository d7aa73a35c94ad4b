/* Lay the splats' own picture (premultiplied sRGB) over what is there, which Blender holds in linear light. */

vec3 to_linear(vec3 c)
{
  return mix(c / 12.92, pow((max(c, vec3(0.0)) + 0.055) / 1.055, vec3(2.4)), step(vec3(0.04045), c));
}

void main()
{
  vec4 own = texelFetch(picture_tx, ivec2(gl_FragCoord.xy) - ivec2(target.origin.xy), 0);
  if (own.a <= 0.0) {
    discard;
  }
  out_color = vec4(to_linear(own.rgb / own.a) * own.a, own.a);
}
