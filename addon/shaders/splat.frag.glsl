/* One splat's share of a pixel, premultiplied, in sRGB: that is the space in which splats are trained and blended. */

void main()
{
  float alpha = min(tint.a * exp(-0.5 * dot(local, local)), ALPHA_MAX);
  if (alpha < CUTOFF) {
    discard;
  }
#ifdef DEPTH_TEST
  if (gl_FragCoord.z > texelFetch(depth_tx, ivec2(gl_FragCoord.xy), 0).r) {
    discard;
  }
#endif
  out_color = vec4(tint.rgb * alpha, alpha);
}
